: DISCRETE on arrays, lags of several steps, read outside the block too
NEURON { SUFFIX cdiscrete RANGE n }
DEFINE N 3
ASSIGNED { v n }
STATE { a[N] b c }
INITIAL { a[0] = 1 b = 0.5 a[2] = 0.7 c = 3 }
BREAKPOINT { SOLVE d
	n = a@3[1] + b@2 + c@1 }
DISCRETE d { LOCAL q
	q = 0
	FROM k = 0 TO N-1 {
		a[k] = a@1[k]*0.9 + 0.01*b@1 + 0.001*a@2[k] + 1e-5*v
		q = q + a@1[k]
	}
	b = b@1 + 0.1*q - 0.2*b@4
}
