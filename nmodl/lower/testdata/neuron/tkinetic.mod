: nonlinear scheme with COMPARTMENT, CONSERVE, coefficients, fluxes and statements between reactions
NEURON { SUFFIX tkinetic USEION ca READ cai, ica WRITE cai RANGE vol, flux, k1, late }
PARAMETER { vol = 1.7 k1 = 0.8 (/ms) }
ASSIGNED { v (mV) ica (mA/cm2) flux late }
STATE { cai (mM) buf cab pump[2] }
BREAKPOINT { SOLVE scheme METHOD sparse }
INITIAL {
	cai = 1e-4
	buf = 0.4
	cab = 0.1
	pump[0] = 0.3
	pump[1] = 0.2
	SOLVE scheme STEADYSTATE sparse
}
KINETIC scheme {
	COMPARTMENT vol {cai buf cab}
	COMPARTMENT i, 1 + 2*i {pump}
	late = cai + 1
	~ cai + buf <-> cab (k1, 0.05)
	flux = f_flux - b_flux
	~ 2 pump[0] <-> pump[1] (0.3*exp(v/100), 0.2)
	~ cai << (-ica*0.01)
	~ cai -> (0.002)
	CONSERVE buf + cab = 0.5*vol
}
