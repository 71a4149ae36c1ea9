package main

import (
	"bytes"
	"fmt"
	"math/big"
)

// sinCosTable writes, for k = 0..109, sine and cosine of k/128, each as a double and what is left.
func sinCosTable(out *bytes.Buffer) {
	out.WriteString("// sinCosTable holds sin and cos of k/128, each as a double and the rest: sin, rest, cos, rest.\n")
	out.WriteString("var sinCosTable = [110][4]float64{\n")
	for k := range 110 {
		sin, cos := sinCos(newFloat(float64(k) / 128))
		s, c := toFloat(sin), toFloat(cos)
		fmt.Fprintf(out, "\t{%x, %x, %x, %x},\n", s, toFloat(sub(sin, newFloat(s))), c, toFloat(sub(cos, newFloat(c))))
	}
	out.WriteString("}\n\n")
}

// tanTable writes the nodes of tan with their tangents and cotangents.
func tanTable(out *bytes.Buffer) {
	out.WriteString("// tanTable holds x, tan x, 1/tan x.\nvar tanTable = [186][3]float64{\n")
	for _, x := range tanNodes {
		sin, cos := sinCos(newFloat(x))
		fmt.Fprintf(out, "\t{%x, %x, %x},\n", x, toFloat(div(sin, cos)), toFloat(div(cos, sin)))
	}
	out.WriteString("}\n\n")
}

// twoOverPi writes the bits of 2/π behind the binary point, after a word of zeros for what stands before it.
func twoOverPi(out *bytes.Buffer) {
	const words = 21 // the last bit that the largest double needs is number 1289
	const bits = 64 * words
	x := new(big.Float).SetPrec(bits + 64).SetInt64(2)
	x.Quo(x, pi(bits))
	x.SetMantExp(x, 64*(words-1))
	whole, _ := x.Int(nil)
	out.WriteString("// twoOverPi holds 2/π: the word before the binary point, then those behind it.\n")
	fmt.Fprintf(out, "var twoOverPi = [%d]uint64{\n", words)
	for k := words - 1; k >= 0; k-- {
		word := new(big.Int).Rsh(whole, uint(64*k))
		fmt.Fprintf(out, "\t%#016x,\n", word.And(word, new(big.Int).SetUint64(1<<64-1)))
	}
	out.WriteString("}\n")
}
