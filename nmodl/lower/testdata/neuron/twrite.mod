: writes a reversal potential and an outside concentration, in BREAKPOINT and in a DERIVATIVE block
NEURON { SUFFIX twrite USEION k READ ki, ko WRITE ek, ik USEION ca READ cai WRITE cao, ica RANGE shift }
PARAMETER { shift = 3 (mV) }
ASSIGNED { v (mV) ki ko ek (mV) ik (mA/cm2) cai ica (mA/cm2) }
STATE { cao }
BREAKPOINT { SOLVE s METHOD cnexp
	ek = 25*log(ko/ki) + shift + v/100
	ik = 0.001*(v - ek)
	ica = 1e-5*(v - 100)*cao
}
INITIAL { cao = 2.5 }
DERIVATIVE s { cao' = (2 - cao)/(5 + fabs(v)) }
