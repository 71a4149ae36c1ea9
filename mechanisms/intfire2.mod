TITLE Integrate-and-fire cell driven by a current that decays exponentially

COMMENT
	taus di/dt = ib - i		an event of weight w adds w to i
	taum dm/dt = i - m		the cell fires when m reaches 1, and then m = 0
taus must be longer than taum. Between events
	m = ib + s exp(-t/taus) + q exp(-t/taum),	s = (i0 - ib) taus/(taus - taum),	q = m0 - ib - s
so the time of firing can be foretold: with y = exp(-t/taum) and r = taum/taus it is where ib + s y^r + q y = 1, found by
Newton's method. The self event that stands for it moves with each input.
Hines ML, Carnevale NT (2004) Discrete event simulation in the NEURON environment. Neurocomputing 58-60:1117-1122.
ENDCOMMENT

NEURON {
	ARTIFICIAL_CELL IntFire2
	RANGE taus, taum, ib, i, m
}

PARAMETER {
	taus = 20 (ms)
	taum = 10 (ms)
	ib   = 0
}

ASSIGNED {
	i
	m
	t0 (ms) : i and m are those of this time
}

INITIAL {
	if (taus <= taum) {
		taus = taum + 0.1
	}
	i = ib
	m = 0
	t0 = t
	net_send(tofire(ib, 0, 0), 1)
}

: present values, for display: i and m are stored only when an event comes
FUNCTION I() {
	I = (i - ib)*exp(-(t - t0)/taus) + ib
}

FUNCTION M() {
	M = membrane(t - t0)
}

FUNCTION ratio() {
	ratio = taus/(taus - taum)
}

FUNCTION membrane(d (ms)) {
	LOCAL r
	r = ratio()
	membrane = ib + r*((i - ib)*exp(-d/taus)) + (m - (ib + (i - ib)*r))*exp(-d/taum)
}

NET_RECEIVE(w) {
	LOCAL current
	current = ib + (i - ib)*exp(-(t - t0)/taus)
	if (flag == 1) {
		net_event(t)
		m = 0
		net_send(tofire(ib, (current - ib)*ratio(), 0), 1)
	} else {
		m = membrane(t - t0)
		current = current + w
		if (m < 1) {
			net_move(tofire(ib, (current - ib)*ratio(), m) + t)
		} else {
			net_move(t)
		}
	}
	i = current
	t0 = t
}

: time until m reaches 1 when it stands at `now`; 1e9 for never
FUNCTION tofire(base, s, now) (ms) {
	LOCAL r, q, slope, y, peak
	r = taum/taus
	q = now - base - s
	slope = r*s + q : of m over y, at y = 1, which is the present
	tofire = 1e9
	if (base > 1 && s <= 0) {
		: it does fire; start from where the tangent reaches 1, if that is in the domain
		y = 0
		if (slope < 0) {
			y = (1 - now + slope)/slope
		}
		if (y > 0) {
			tofire = -taum*log(reach(base, s, q, r, y))
		} else {
			: the same equation in z = exp(-t/taus)
			tofire = -taus*log(reach(base, q, s, 1/r, 0))
		}
	} else if (base > 1 || base + s > 1) {
		: it fires only if the peak lies ahead and above 1
		y = (-q/(r*s))^(1/(r - 1))
		peak = base + s*y^r + q*y
		if (y < 1 && peak > 1) {
			y = (1 - now + slope)/slope
			tofire = -taum*log(reach(base, s, q, r, y))
		}
	}
}

: the y in (0, 1] with base + p y^r + q y = 1
FUNCTION reach(base, p, q, r, start) {
	LOCAL y, step, value, tries
	y = start
	step = 1
	value = 0
	tries = 0
	while (fabs(step) > 1e-6 || fabs(value - 1) > 1e-6) {
		value = base + p*y^r + q*y
		step = (1 - value)/(r*p*y^(r - 1) + q)
		y = y + step
		if (y <= 0) {
			y = 1e-4
		} else if (y > 1) {
			y = 1
		}
		tries = tries + 1
		if (tries > 10) {
			value = 1
			step = 0
		}
	}
	reach = y
}
