// Package libm computes the C library's scalar functions in pure Go: a simulator that must give the spikes of NEURON
// must give its exponentials to the last bit.
//
// The reference is glibc 2.36 on x86-64 with FMA (2.28 and later have the same exp, log and pow). Results that differ
// from it among 10 million random arguments in each of several ranges (TestAgreement):
//
//	Exp Log Log10 Pow Expm1 Sinh Cosh Tanh Fmod Sqrt   none
//	Sin Cos Tan Atan Atan2                             a quarter to a third, by 1 ulp, rarely 2 (they are Go's)
//	Asin Acos                                          30 %, by 1 ulp, rarely 2
//
// The functions use math.FMA, which is slow on processors without the instruction, but gives the same bits.
package libm

//go:generate go run ./gen
