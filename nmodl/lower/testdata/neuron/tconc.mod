: a concentration that is no STATE, written by a PROCEDURE; reversal potential read elsewhere
NEURON { SUFFIX tconc USEION ca READ ica, cao WRITE cai RANGE acc }
PARAMETER { depth = 0.1 (um) }
ASSIGNED { v (mV) ica (mA/cm2) cai (mM) cao (mM) acc diam (um) }
BREAKPOINT { SOLVE shift }
INITIAL { acc = 1e-4*diam cai = acc }
PROCEDURE shift() {
	acc = acc + dt*(-ica/depth*0.01 - (acc - 1e-4)/cao) + v*1e-9
	cai = acc
}
