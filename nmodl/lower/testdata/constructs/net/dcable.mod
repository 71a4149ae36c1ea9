: LONGITUDINAL_DIFFUSION of an ion's concentration, a buffer and an array of shells
NEURON { SUFFIX dcable USEION ca READ cai WRITE cai RANGE D, start, total }
PARAMETER { D = 0.6 start = 0 }
ASSIGNED { diam total }
STATE { cai B sh[2] }
INITIAL { cai = 5e-5 + start B = 0.1*start sh[0] = start sh[1] = 2*start total = 0 }
BREAKPOINT { SOLVE s METHOD sparse }
KINETIC s {
	COMPARTMENT diam*diam*3.14159/4 { cai B }
	COMPARTMENT i, (1 + i)*diam { sh }
	LONGITUDINAL_DIFFUSION D*diam*diam*3.14159/4 { cai }
	LONGITUDINAL_DIFFUSION i, D*(i + 0.5)*diam { sh }
	~ cai <-> B (0.2, 0.1)
	~ sh[0] <-> sh[1] (0.05, 0.02)
	total = cai + B
}
