package vec

// lesser is x < y ? x : y, so y if one is NaN or both are zeros.
func lesser(x, y float64) float64 {
	if x < y {
		return x
	}
	return y
}

// greater is x > y ? x : y, so y if one is NaN or both are zeros.
func greater(x, y float64) float64 {
	if x > y {
		return x
	}
	return y
}

// truncate is (double)(int)x as x86-64 does it: -2147483648 for what an int cannot hold.
func truncate(x float64) float64 {
	if x > -2147483649 && x < 2147483648 {
		return float64(int32(x))
	}
	return -2147483648
}
