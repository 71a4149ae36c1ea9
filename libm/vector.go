package libm

// What vector code needs to compute the same bits as Log.
const (
	Ln2Hi = ln2Hi
	Ln2Lo = ln2Lo
)

// Coefficients of Log's polynomials: of log(1+r) elsewhere (A, from r² on), and next to 1 (B).
var (
	LogA = [...]float64{logA0, logA1, logA2, logA3, logA4}
	LogB = [...]float64{logB0, logB1, logB2, logB3, logB4, logB5, logB6, logB7, logB8, logB9, logB10}
)

// LogTable returns Log's table: 1/c and log c for 128 values of c.
func LogTable() [128][2]float64 { return logTable }
