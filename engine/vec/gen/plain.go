package main

import (
	"bytes"
	"fmt"
)

var operandNames = []string{"a", "b", "c"}
var valueNames = []string{"x", "y", "z"}

// plainLoops writes the Go loops and the function that puts them in force.
func plainLoops(out *bytes.Buffer) {
	out.WriteString("package vec\n\nimport (\n\"math\"\n\n\"netsim/libm\"\n\"netsim/nmodl/program\"\n)\n\n")
	for _, op := range unaryOperations {
		plainLoop(out, op, "V")
	}
	for _, op := range binaryOperations {
		for _, variant := range binaryVariants {
			plainLoop(out, op, variant)
		}
	}
	for _, op := range fusedOperations {
		for _, variant := range fusedVariants {
			plainLoop(out, op, variant)
		}
	}
	out.WriteString("// useGo puts the plain loops in force.\nfunc useGo() {\n")
	out.WriteString("fill, choose, gather, hinesStep8 = fillGo, selectGo, gatherGo, hinesStep8Go\n")
	out.WriteString("chainAssemble, chainEliminate, chainSubstitute = chainAssembleGo, chainEliminateGo, chainSubstituteGo\n")
	for _, op := range unaryOperations {
		fmt.Fprintf(out, "Unary[program.Op%s] = %sGo\n", op.name, loopName(op, "V"))
	}
	for _, op := range binaryOperations {
		fmt.Fprintf(out, "Binary[program.Op%s] = [3]BinaryFunc{", op.name)
		listVariants(out, op, binaryVariants)
	}
	for _, op := range fusedOperations {
		fmt.Fprintf(out, "Fused[Fused%s] = [4]TernaryFunc{", op.name)
		listVariants(out, op, fusedVariants)
	}
	out.WriteString("}\n")
}

func listVariants(out *bytes.Buffer, op operation, variants []string) {
	for _, variant := range variants {
		fmt.Fprintf(out, "%sGo, ", loopName(op, variant))
	}
	out.WriteString("}\n")
}

// loopName returns the name of a loop without the suffix of its level, for example loopAddVS.
func loopName(op operation, variant string) string {
	if variant == "V" {
		variant = ""
	}
	return "loop" + op.name + variant
}

func plainLoop(out *bytes.Buffer, op operation, variant string) {
	fmt.Fprintf(out, "func %sGo(dst", loopName(op, variant))
	for i := range variant {
		out.WriteString(", " + operandNames[i])
	}
	out.WriteString(" *float64, n int) {\nto := floats(dst, n)\n")
	for i, kind := range variant {
		if kind == 'S' {
			fmt.Fprintf(out, "%s := *%s\n", valueNames[i], operandNames[i])
		} else {
			fmt.Fprintf(out, "%ss := floats(%s, n)\n", operandNames[i], operandNames[i])
		}
	}
	out.WriteString("for i := range to {\n")
	for i, kind := range variant {
		if kind == 'V' {
			fmt.Fprintf(out, "%s := %ss[i]\n", valueNames[i], operandNames[i])
		}
	}
	fmt.Fprintf(out, "to[i] = %s\n}\n}\n\n", op.value)
}
