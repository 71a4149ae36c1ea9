TITLE Integrate-and-fire cell with instantaneous input

COMMENT
m decays to 0 with time constant tau; an event of weight w adds w. When m passes 1 the cell fires, ignores its input for
refrac, and starts again from 0.
Stein RB (1967) Some models of neuronal variability. Biophys J 7:37-68.
ENDCOMMENT

NEURON {
	ARTIFICIAL_CELL IntFire1
	RANGE tau, refrac, m
}

PARAMETER {
	tau    = 10 (ms) <1e-9, 1e9>
	refrac = 5  (ms) <0, 1e9>
}

ASSIGNED {
	m
	t0 (ms)
	refractory
}

INITIAL {
	m = 0
	t0 = 0
	refractory = 0
}

: m at the present time, for display: it is stored only when an event comes
FUNCTION M() {
	if (refractory == 0) {
		M = m*exp(-(t - t0)/tau)
	} else {
		if (t - t0 < 0.5) {
			M = 2
		} else {
			M = 0
		}
	}
}

NET_RECEIVE(w) {
	if (refractory == 0) {
		m = m*exp(-(t - t0)/tau)
		t0 = t
		m = m + w
		if (m > 1) {
			refractory = 1
			m = 2
			net_send(refrac, refractory)
			net_event(t)
		}
	} else if (flag == 1) {
		t0 = t
		refractory = 0
		m = 0
	}
}
