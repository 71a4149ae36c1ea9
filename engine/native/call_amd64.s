#include "textflag.h"

// func invoke(code, table, scratch unsafe.Pointer, first, last, row, instance int)
//
// The machine code uses no stack but its return address, keeps SP, BP and R14 and ends with VZEROUPPER.
TEXT ·invoke(SB), NOSPLIT, $0-56
	MOVQ code+0(FP), AX
	MOVQ table+8(FP), DI
	MOVQ scratch+16(FP), R8
	MOVQ first+24(FP), CX
	MOVQ last+32(FP), DX
	MOVQ row+40(FP), R10
	MOVQ instance+48(FP), R9
	CALL AX
	RET
