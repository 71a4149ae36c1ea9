package libm

import "math"

// The functions below are Go's; apart from Fmod and Sqrt they often differ from glibc's in the last place.

// Sin returns the sine.
func Sin(x float64) float64 { return math.Sin(x) }

// Cos returns the cosine.
func Cos(x float64) float64 { return math.Cos(x) }

// Tan returns the tangent.
func Tan(x float64) float64 { return math.Tan(x) }

// Asin returns the arc sine.
func Asin(x float64) float64 { return math.Atan2(x, math.Sqrt((1-x)*(1+x))) }

// Acos returns the arc cosine.
func Acos(x float64) float64 { return math.Atan2(math.Sqrt((1-x)*(1+x)), x) }

// Atan returns the arc tangent.
func Atan(x float64) float64 { return math.Atan(x) }

// Atan2 returns the arc tangent of y/x in the quadrant of (x, y).
func Atan2(y, x float64) float64 { return math.Atan2(y, x) }

// Fmod returns the remainder of x/y with the sign of x (exact, as C's).
func Fmod(x, y float64) float64 { return math.Mod(x, y) }

// Sqrt returns the square root (correctly rounded, as C's).
func Sqrt(x float64) float64 { return math.Sqrt(x) }
