TITLE Single-electrode voltage clamp with three levels

COMMENT
The electrode is a resistance rs (megohm) between the command potential vc and the cell: i = (vc - v)/rs. The command is
amp1 for dur1, then amp2 for dur2, then amp3 for dur3; afterwards the electrode is off and passes no current.
Finkel AS, Redman S (1984) Theory and operation of a single microelectrode voltage clamp. J Neurosci Methods 11:101-127;
Carnevale NT, Hines ML (2006) The NEURON Book, Cambridge University Press, describe the protocol.
ENDCOMMENT

NEURON {
	POINT_PROCESS SEClamp
	ELECTRODE_CURRENT i
	RANGE dur1, amp1, dur2, amp2, dur3, amp3, rs, vc, i
}

UNITS {
	(nA) = (nanoamp)
	(mV) = (millivolt)
}

PARAMETER {
	rs   = 1 (megohm) <1e-9, 1e9>
	dur1 (ms)
	dur2 (ms) <0, 1e9>
	dur3 (ms) <0, 1e9>
	amp1 (mV)
	amp2 (mV)
	amp3 (mV)
}

ASSIGNED {
	v      (mV)
	vc     (mV)
	i      (nA)
	second (ms) : end of the second level
	third  (ms) : end of the third level
	closed      : 1 while the electrode is connected
}

INITIAL {
	second = dur1 + dur2
	third = second + dur3
	closed = 0
}

BREAKPOINT {
	SOLVE electrode METHOD after_cvode : so that i belongs to the potential after the step
	command()
	electrode()
}

PROCEDURE command() {
	if (dur1) {
		at_time(dur1)
	}
	if (dur2) {
		at_time(second)
	}
	if (dur3) {
		at_time(third)
	}
	closed = 1
	if (t < dur1) {
		vc = amp1
	} else if (t < second) {
		vc = amp2
	} else if (t < third) {
		vc = amp3
	} else {
		vc = 0
		closed = 0
	}
}

PROCEDURE electrode() {
	i = 0
	if (closed) {
		i = (vc - v)/rs
	}
}
