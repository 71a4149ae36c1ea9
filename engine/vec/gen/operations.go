package main

// operation is one operation of mechanism programs: its name (program.Op<name>) and its value in Go.
type operation struct{ name, value string }

var binaryOperations = []operation{
	{"Add", "x + y"},
	{"Sub", "x - y"},
	{"Mul", "x * y"},
	{"Div", "x / y"},
	{"Pow", "libm.Pow(x, y)"},
	{"Fmod", "libm.Fmod(x, y)"},
	{"Atan2", "libm.Atan2(x, y)"},
	{"Min", "lesser(x, y)"},
	{"Max", "greater(x, y)"},
	{"Lt", "truth(x < y)"},
	{"Le", "truth(x <= y)"},
	{"Gt", "truth(x > y)"},
	{"Ge", "truth(x >= y)"},
	{"Eq", "truth(x == y)"},
	{"Ne", "truth(x != y)"},
	{"And", "truth(x != 0 && y != 0)"},
	{"Or", "truth(x != 0 || y != 0)"},
}

var unaryOperations = []operation{
	{"Mov", "x"},
	{"Neg", "-x"},
	{"Not", "truth(x == 0)"},
	{"Abs", "math.Abs(x)"},
	{"Sqrt", "math.Sqrt(x)"},
	{"Exp", "libm.HocExp(x)"},
	{"Log", "libm.Log(x)"},
	{"Log10", "libm.Log10(x)"},
	{"Sin", "libm.Sin(x)"},
	{"Cos", "libm.Cos(x)"},
	{"Tan", "libm.Tan(x)"},
	{"Asin", "libm.Asin(x)"},
	{"Acos", "libm.Acos(x)"},
	{"Atan", "libm.Atan(x)"},
	{"Sinh", "libm.Sinh(x)"},
	{"Cosh", "libm.Cosh(x)"},
	{"Tanh", "libm.Tanh(x)"},
	{"Floor", "math.Floor(x)"},
	{"Ceil", "math.Ceil(x)"},
	{"Trunc", "truncate(x)"},
}

var fusedOperations = []operation{
	{"SubMul", "(x - y) * z"},
	{"MulAdd", "float64(x*y) + z"},
	{"MulSub", "float64(x*y) - z"},
	{"AddMulSub", "x + float64(y*(z-x))"},
}

// Names of the variants of binary and fused loops, by which operands are vectors (V) or one value (S).
var (
	binaryVariants = []string{"VV", "VS", "SV"}
	fusedVariants  = []string{"VVV", "VSV", "VVS", "VSS"}
)
