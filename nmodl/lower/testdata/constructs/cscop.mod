: the functions of NEURON's mathematical library, but for those that read files or draw
NEURON { SUFFIX cscop RANGE a, b, c, d, e, f, g, h, k, l }
ASSIGNED { v a b c d e f g h k l }
BREAKPOINT { LOCAL x
	x = v/25
	a = hyperbol(x, 2, 5) + revhyperbol(x, 2, 5)
	b = 0.1*harmonic(t, 2, 3, 0.5) + sigmoid(fabs(x), 2, 0.5, 1.5) + revsigmoid(fabs(x), 3, 0.5, 2.5)
	c = squarewave(t, 2.3, 3) + sawtooth(t, 1.7, 2)
	d = revsawtooth(t, 2.1, 0.3) + ramp(t, 1.1, 3, 4.3)
	e = pulse(t, 2.3, 3, 4) + perpulse(t, 1.3, 0.1, 0.7, 0.4)
	f = step(t, 5.2, 2) + perstep(t, 1.3, 0.8, 0.01)
	g = threshold(v, -40, "min") + 10*threshold(v, -20, "max")
	h = erf(x) + erf(x/4) + erf(x*3)
	k = factorial(5) + factorial(floor(fabs(x)*3)) + factorial(3.95) + 1e-30*factorial(25)
	l = gauss(x, 0.2, 0.5) + poisson(floor(fabs(x)), 2.5)
}
