COMMENT
One exp(-v/80) serves 1/80, 1/20 and 1/10; exp(-v/18) has no multiple; exp(-x) beside exp(x), whatever x is made of.
ENDCOMMENT

NEURON {
	SUFFIX exponentials
	RANGE a, b
	GLOBAL vh, k
}

PARAMETER { vh = -40 k = 7 }

ASSIGNED { v a b }

BREAKPOINT {
	a = exp(-(v + 65)/80) + exp(-(v + 65)/20) + 1/(1 + exp(-(v + 35)/10)) + exp(-v/18)
	b = (v - vh)/(exp((v - vh)/k) - 1) - (v - vh)/(exp(-(v - vh)/k) - 1)
}
