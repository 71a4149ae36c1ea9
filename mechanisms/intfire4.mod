TITLE Integrate-and-fire cell with fast excitation and slower inhibition

COMMENT
	de/dt  = -ke e				a positive weight w adds w to e
	di1/dt = -k1 i1				a negative weight w adds w to i1
	di2/dt = -k2 i2 + c1 i1
	dm/dt  = -km m + ce e + c2 i2		the cell fires when m reaches 1, and then m = 0; the currents stay
with the rates 1/taue > 1/taui1 > 1/taui2 > 1/taum. The factors make one excitatory event of weight 1 raise m to 1 at its
peak, and one inhibitory event of weight -1 bring i2 and m to -1.
The tangent of m reaches 1 never later than m does. So a self event at that time either fires the cell or finds a
better tangent (Newton's method, one iteration an event); the cell fires when m > 1 - eps.
Hines ML, Carnevale NT (2004) Discrete event simulation in the NEURON environment. Neurocomputing 58-60:1117-1122;
Carnevale NT, Hines ML (2006) The NEURON Book, Cambridge University Press, chapter 10.
ENDCOMMENT

NEURON {
	ARTIFICIAL_CELL IntFire4
	RANGE taue, taui1, taui2, taum, e, i1, i2, m
	RANGE nself, nexcite, ninhibit
	GLOBAL eps
}

PARAMETER {
	taue  = 5  (ms)
	taui1 = 10 (ms)
	taui2 = 20 (ms)
	taum  = 50 (ms)
	ib    = 0
	eps   = 1e-6
}

ASSIGNED {
	e
	i1
	i2
	m
	t0 (ms) : the states are those of this time
	nself
	nexcite
	ninhibit
	ke (1/ms)
	k1 (1/ms)
	k2 (1/ms)
	km (1/ms)
	ce (1/ms)
	c2 (1/ms)
	fe  : ce/(ke - km)
	f1  : c1/(k1 - k2)
	f2  : c2/(k2 - km)
	g1  : f2*f1
	g2  : g1*(k2 - km)/(k1 - km)
}

INITIAL {
	order()
	normalise()
	e = 0
	i1 = 0
	i2 = 0
	m = 0
	t0 = t
	nself = 0
	nexcite = 0
	ninhibit = 0
	net_send(tangent(), 1)
}

NET_RECEIVE(w) {
	LOCAL d
	d = t - t0
	: each of these needs the old values of those above
	m = membrane(d)
	i2 = inhibition(d)
	i1 = i1*exp(-k1*d)
	e = e*exp(-ke*d)
	t0 = t
	if (m > 1 - eps) {
		net_event(t)
		m = 0
	}
	if (flag == 1) {
		nself = nself + 1
		net_send(tangent(), 1)
	} else {
		if (w > 0) {
			e = e + w
			nexcite = nexcite + 1
		} else {
			i1 = i1 + w
			ninhibit = ninhibit + 1
		}
		net_move(tangent() + t)
	}
}

: time until the tangent of m reaches 1; 1e9 where m falls
FUNCTION tangent() (ms) {
	LOCAL slope
	slope = -km*m + ce*e + c2*i2
	tangent = 1e9
	if (slope > 1e-9) {
		tangent = (1 - m)/slope
	}
}

: present values, for display: the states are stored only when an event comes
FUNCTION E() {
	E = e*exp(-ke*(t - t0))
}

FUNCTION I() {
	I = inhibition(t - t0)
}

FUNCTION M() {
	M = membrane(t - t0)
}

FUNCTION inhibition(d (ms)) {
	LOCAL x2
	x2 = exp(-k2*d)
	inhibition = i2*x2 + f1*i1*(x2 - exp(-k1*d))
}

FUNCTION membrane(d (ms)) {
	LOCAL xm
	xm = exp(-km*d)
	membrane = m*xm + fe*e*(xm - exp(-ke*d)) + (f2*i2 + g1*i1)*(xm - exp(-k2*d)) - g2*i1*(xm - exp(-k1*d))
}

: the time constants must differ and ascend
PROCEDURE order() {
	if (taui1 <= taue) {
		taui1 = taue + 0.01
	}
	if (taui2 <= taui1) {
		taui2 = taui1 + 0.01
	}
	if (taum <= taui2) {
		taum = taui2 + 0.01
	}
	ke = 1/taue
	k1 = 1/taui1
	k2 = 1/taui2
	km = 1/taum
}

: one over the peak of exp(-slow t) - exp(-fast t)
FUNCTION overpeak(slow (1/ms), fast (1/ms)) {
	LOCAL d
	d = log(slow/fast)/(slow - fast)
	overpeak = 1/(exp(-slow*d) - exp(-fast*d))
}

PROCEDURE normalise() {
	LOCAL d, xm
	fe = overpeak(km, ke)
	ce = fe*(ke - km)
	f1 = overpeak(k2, k1)

	: m after one inhibitory event, for f2 = 1, at its peak; then f2 makes that 1
	f2 = 1
	spread()
	d = peak()
	xm = exp(-km*d)
	f2 = 1/(g1*(xm - exp(-k2*d)) - g2*(xm - exp(-k1*d)))
	spread()
	c2 = f2*(k2 - km)
}

PROCEDURE spread() {
	g1 = f2*f1
	g2 = g1*(k2 - km)/(k1 - km)
}

: proportional to dm/dt after one inhibitory event
FUNCTION rise(d (ms)) (/ms2) {
	rise = -km*(k1 - k2)*exp(-km*d) + k2*(k1 - km)*exp(-k2*d) - k1*(k2 - km)*exp(-k1*d)
}

: where m peaks after one inhibitory event, by bisection
FUNCTION peak() (ms) {
	LOCAL low, high
	low = -log(k1*(k2 - km)/k2/(k1 - km))/(k1 - k2) : the zero without the slow term
	if (rise(low) < 0) {
		low = log(k1/k2)/(k1 - k2) : the peak of i2, which comes before
	}
	high = log(km*(k1 - k2)/k2/(k1 - km))/(km - k2) : the zero without the fast term
	while (high - low > 1e-6) {
		peak = (low + high)/2
		if (rise(peak) > 0) {
			low = peak
		} else {
			high = peak
		}
	}
}
