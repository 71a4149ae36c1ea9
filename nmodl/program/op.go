package program

// Op is an operation. Truth values are 1 and 0; anything but 0 is true.
type Op uint8

// Operations of vector and of scalar programs.
const (
	OpNop   Op = iota
	OpMov      // dst = a. From an Ext: load (vector: gather, or no copy where instances are contiguous)
	OpNeg      // dst = -a
	OpNot      // dst = a == 0
	OpAbs      // dst = |a|
	OpSqrt     // dst = sqrt(a)
	OpExp      // dst = hoc_Exp(a): 0 below -700, exp(700) above 700
	OpLog      // dst = log(a)
	OpLog10    // dst = log10(a)
	OpSin      // …libm
	OpCos
	OpTan
	OpAsin
	OpAcos
	OpAtan
	OpSinh
	OpCosh
	OpTanh
	OpFloor
	OpCeil
	OpTrunc // (double)(int)a

	OpAdd // dst = a + b, rounded; never fused
	OpSub
	OpMul
	OpDiv
	OpPow
	OpFmod
	OpAtan2
	OpMin
	OpMax
	OpLt // dst = a < b ? 1 : 0
	OpLe
	OpGt
	OpGe
	OpEq
	OpNe
	OpAnd // dst = a != 0 && b != 0
	OpOr

	OpSelect // dst = a != 0 ? b : c
	OpTable  // dst = table lookup; a = argument, b = TableRef, c = Imm output
	OpCurve  // dst = output b Imm of the mechanism's Curves at v = a (mV)

	OpStore  // Dst Ext = a (vector: scatter in instance order)
	OpAccAdd // Dst Ext += a, instance by instance in order
	OpAccSub // Dst Ext -= a, instance by instance in order

	// Scalar programs only.
	OpJump     // to Src[0] Label
	OpJumpZero // if a == 0 to Src[1] Label
	OpLoadIdx  // dst = Col[Src[0].Idx + int(b)], bounds Src[2] Imm
	OpStoreIdx // Col[Dst.Idx + int(b)] = a, bounds Src[2] Imm
	OpNetSend  // net_send(a delay ms, b flag)
	OpNetEvent // net_event(a time ms)
	OpNetMove  // net_move(a time ms)
	OpLinSolve // solve n×n in registers: a = first Reg of the augmented matrix (row-major, n rows of n+1), b = Imm n; solution from Dst Reg on
	OpError    // end the run with message Src[0] Imm

	// The two halves of NEURON's Newton solver (crout_thread.hpp), n = Src[1] Imm.
	OpCrout      // factorise the n×n matrix in registers from a on, in place (row-major); the row permutation goes to Dst Reg on
	OpCroutSolve // b = Src[2] Reg: first register of the right side (n); the matrix stands n*n+n registers from a on: factors, then permutation; solution from Dst Reg on

	OpCall // dst = library function Src[1] Imm (an Fn) of Src[2] Imm arguments, which stand in registers from a on

	OpNetSendAt // net_send whose event goes off at a (ms), not after it

	// More of scalar programs.
	OpWatch     // WATCH: condition Src[1] Imm becomes active with flag a; the first one that a run executes removes those active before
	OpPointing  // dst = 1 if the POINTER Src[0] Ext refers to something
	OpFuncTable // dst = FUNCTION_TABLE Src[2] Imm at the n = Src[1] Imm arguments in registers from a on
	OpFunc      // dst = FUNCTION Src[1] Imm for the Src[2] Imm arguments in registers from a on
	OpConCount  // dst = number of connections to the instance
	OpConSelect // connection number a (of OpConCount's) becomes the one that ConWeight operands mean
	OpLag       // dst = a as it was b ms ago; history Src[2] Imm

	NumOps
)
