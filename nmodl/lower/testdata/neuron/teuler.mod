: explicit Euler, and a BREAKPOINT that writes no current
NEURON { SUFFIX teuler RANGE sum, count }
ASSIGNED { v (mV) sum count }
STATE { p q }
BREAKPOINT { SOLVE s METHOD euler
	sum = p + q + v
	count = count + 1
}
INITIAL { p = 1 q = 2 }
DERIVATIVE s {
	p' = -p/7 + v/1000
	q' = (p - q)/3
}
