: all rules of the cnexp analyser
NEURON { SUFFIX tcnexp RANGE k, c, s1, s2, s3, s4, s5, s6, s7, s8, s9 }
PARAMETER { k = 0.3 c = 1.7 }
ASSIGNED { v (mV) }
STATE { s1 s2 s3 s4 s5 s6 s7 s8 s9 }
BREAKPOINT { SOLVE d METHOD cnexp }
INITIAL { s1 = 1 s2 = 0.5 s3 = 0.2 s4 = 0.1 s5 = 0.3 s6 = 0.6 s7 = 0.01 s8 = 0.7 s9 = 0.9 }
DERIVATIVE d {
	s1' = -s1/c
	s2' = k*(1 - s2) - s1*s2
	s3' = k + c - 0
	s4' = k*s4*c*-1 + s2
	s5' = (k - c)*(s5 - s1)/(2 + s4)
	s6' = -(s6 - exp(v/60))*k + 0*s6
	s7' = s7*(c - s7)
	s8' = 0.0 - (s8 - s7)/c - s8*fabs(s6)
	IF (v > -40) {
		s9' = -s9*k
	} ELSE {
		s9' = (1 - s9)/c
	}
}
