package libm

import "math"

// Fmod returns the remainder of x/y with the sign of x (exact, as C's).
func Fmod(x, y float64) float64 { return math.Mod(x, y) }

// Sqrt returns the square root (correctly rounded, as C's).
func Sqrt(x float64) float64 { return math.Sqrt(x) }
