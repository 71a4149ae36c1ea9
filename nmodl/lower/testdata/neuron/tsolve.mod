: the old way: SOLVE of a PROCEDURE with dt in exponentials; nrn_ghk
NEURON { SUFFIX tsolve USEION ca READ cai, cao WRITE ica RANGE pbar, m, mexp, h }
PARAMETER { pbar = 1e-5 vh = -27.123456789 (mV) }
ASSIGNED { v (mV) cai cao ica celsius (degC) mexp minf hexp }
STATE { m h }
BREAKPOINT { SOLVE states
	ica = pbar*m*m*h*nrn_ghk(v, cai, cao, 2)
}
INITIAL { rates(v) m = minf h = 0.8 }
PROCEDURE states() {
	rates(v)
	m = m + mexp*(minf - m)
	h = h + hexp*(0.6 - h)
	VERBATIM
return 0;
	ENDVERBATIM
}
PROCEDURE rates(v (mV)) {
	UNITSOFF
	minf = 1/(1 + exp((vh - v)/6.2))
	mexp = 1 - exp(-dt*(1 + log10(fabs(v) + 2)))
	hexp = 1 - exp(-dt/(12 + sqrt(celsius)))
	UNITSON
}
