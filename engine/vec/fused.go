package vec

// FusedOp is a group of operations done in one pass, each rounded on its own (never an FMA).
type FusedOp uint8

// Fused operations.
const (
	FusedSubMul    FusedOp = iota // dst = (a-b) * c
	FusedMulAdd                   // dst = a*b + c
	FusedMulSub                   // dst = a*b - c
	FusedAddMulSub                // dst = a + b*(c-a), the relaxation of a gate
	NumFused
)

// Second index of Fused: which operands are one value instead of n.
const (
	BScalar = 1
	CScalar = 2
)

// SubMul: for i: dst[i] = (a[i]-b[i]) * c[i].
func SubMul(dst, a, b, c *float64, n int) { Fused[FusedSubMul][0](dst, a, b, c, n) }

// MulAdd: for i: dst[i] = a[i]*b[i] + c[i].
func MulAdd(dst, a, b, c *float64, n int) { Fused[FusedMulAdd][0](dst, a, b, c, n) }

// MulSub: for i: dst[i] = a[i]*b[i] - c[i].
func MulSub(dst, a, b, c *float64, n int) { Fused[FusedMulSub][0](dst, a, b, c, n) }

// AddMulSub: for i: dst[i] = a[i] + b[i]*(c[i]-a[i]).
func AddMulSub(dst, a, b, c *float64, n int) { Fused[FusedAddMulSub][0](dst, a, b, c, n) }
