: indices and bounds known at run time: C's whole numbers; LINEAR with one state, solved in a PROCEDURE; LINEAR of an array
NEURON { SUFFIX cindex NONSPECIFIC_CURRENT i RANGE a, i, s, u, n }
PARAMETER { n = 3.7 }
ASSIGNED { v i a[9] s u }
STATE { x z[2] w }
INITIAL { FROM k = 0 TO 8 { a[k] = k*k + 1 } one() }
BREAKPOINT { LOCAL j, q
	SOLVE three
	q = 0.6
	j = 1.5 + q - q*(v > 0)
	s = a[j] + a[j*2] + a[(j+1)/2] + a[n*2] + a[INT(n*2)] + a[8-j] + a[INT(0.9)+1] + a[3/2]
	u = 0
	FROM k = n/2 TO n*2 BY 2 { u = u + a[k] + k/2 }
	a[j+3] = a[j+3] + 0.001
	one()
	i = 1e-6*(v + x + (v == 0 < 1))
}
PROCEDURE one() { SOLVE l }
LINEAR l { ~ x = 2*v }
LINEAR three { ~ z[0] + w = 2 + v/200
	~ z[1] - z[0] = 1
	~ 2*w + z[1]*v = 3 }
