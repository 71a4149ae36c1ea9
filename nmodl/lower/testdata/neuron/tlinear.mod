: LINEAR with constants on both sides, minus signs and local variables
NEURON { SUFFIX tlinear RANGE w, a, b, c }
ASSIGNED { v (mV) w }
STATE { a b c }
BREAKPOINT { SOLVE lin
	w = a + 2*b - c
}
INITIAL { a = 1 b = 2 c = 3 }
LINEAR lin {
	LOCAL z
	z = 3 + v/50
	~ a + 2*b = 1 + z - c*z
	~ -a*2*z - b/7 + (2)*z*c - c - 3 = -z*3 - z*(2 + v/100)*a
	~ c*2 - a = 3
}
