// Package libm computes the C library's scalar functions in pure Go: a simulator that must give the spikes of NEURON
// must give its exponentials to the last bit.
//
// The reference is Debian 12's glibc 2.36 on x86-64 with FMA. 2.28 and later have the same exp, log, pow, exp2, sin and cos, 2.34
// and later the same tan and inverse functions, 2.35 and later the same hypot; the variants with FMA of expm1, log1p and log2, which
// others below use, came with 2.39 and with late updates of older versions. Results that differ among 10 million random
// arguments in each of several ranges (TestAgreement):
//
//	Exp Exp2 Log Log2 Log10 Pow Sqrt Cbrt Hypot Fmod   none
//	Expm1 Log1p Sinh Cosh Tanh Asinh Acosh Atanh       none
//	Sin Cos Tan Asin Acos Erf Erfc                     none
//	Atan Atan2                                         up to 7 in 100,000, by 1 ulp
//
// The functions use math.FMA, which is slow on processors without the instruction, but gives the same bits.
package libm

//go:generate go run ./gen
