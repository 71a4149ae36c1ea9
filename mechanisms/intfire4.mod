TITLE Integrate-and-fire cell with fast excitation and slower inhibition

COMMENT
	de/dt  = -ke e				a positive weight w adds w to e
	di1/dt = -k1 i1				a negative weight w adds w to i1
	di2/dt = -k2 i2 + ai1 i1
	dm/dt  = -km m + ae e + ai2 i2		the cell fires when m reaches 1, and then m = 0; the currents stay
with rates that are 1/taue, 1/taui1, 1/taui2, 1/taum. The factors make one excitatory event of weight 1 raise m to 1 at its
peak, and one inhibitory event of weight -1 bring i2 and m to -1.
While excitation is the faster current the tangent of m reaches 1 never later than m does. So a self event at that time
either fires the cell or finds a better tangent (Newton's method, one iteration an event); the cell fires when m > 1 - eps.
Carnevale NT, Hines ML (2006) The NEURON Book, Cambridge University Press, chapter 10;
van Elburg RAJ, van Ooyen A (2009) Generalization of the event-based Carnevale-Hines integration scheme for
integrate-and-fire models. Neural Comput 21:1913-1930.
ENDCOMMENT

NEURON {
	ARTIFICIAL_CELL IntFire4
	RANGE taue, taui1, taui2, taum, e, i1, i2, m, ae, ai1, ai2
	RANGE nself, nexcite, ninhibit
	GLOBAL eps, taueps
}

PARAMETER {
	taue   = 5    (ms) <0, 1e9>
	taui1  = 10   (ms) <0, 1e9>
	taui2  = 20   (ms) <0, 1e9>
	taum   = 50   (ms) <0, 1e9>
	ib     = 0
	eps    = 1e-6      <1e-9, 0.01>
	taueps = 0.01      <1e-9, 1e9>   : the least difference between time constants
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
	ae  (1/ms)
	ai1 (1/ms)
	ai2 (1/ms)
	fe  : ae/(ke - km)
	f1  : ai1/(k1 - k2)
	f2  : ai2/(k2 - km)
	g1  : f2*f1
	g2  : g1*(k2 - km)/(k1 - km)
}

INITIAL {
	separate()
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
	slope = -km*m + ae*e + ai2*i2
	tangent = 1e9
	if (slope > 1e-9) {
		tangent = (1 - m)/slope
	}
}

: present values, for display: the states are stored only when an event comes
FUNCTION E() {
	E = ae*(e*exp(-ke*(t - t0)))
}

FUNCTION I() {
	I = ai2*inhibition(t - t0)
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

: excitation must be faster than taui2, which must be slower than taui1, and no two time constants may be nearer to each
: other than taueps; taum gives way first
PROCEDURE separate() {
	LOCAL slower
	if (taui2 < 4*taueps) {
		taui2 = 4*taueps
	}
	if (taui1 < 3*taueps) {
		taui1 = 3*taueps
	}
	if (taue < 2*taueps) {
		taue = 2*taueps
	}
	if (taue > taui2 || taui2 - taue < taueps) {
		taue = taui2 - taueps
	}
	if (taui1 > taui2) {
		slower = taui1
		taui1 = taui2
		taui2 = slower
	}
	if (taui2 - taui1 < taueps) {
		taui1 = taui2 - taueps
	}
	if (taum > taui2) {
		if (taum - taui2 < taueps) {
			taum = taui2 + taueps
		}
	} else {
		if (taui2 - taum < taueps) {
			taum = taui2 - taueps
		}
		if (fabs(taui1 - taum) < taueps) {
			taum = taui1 - taueps
		}
		if (fabs(taui1 - taum) < taueps) { : by rounding only
			if (taui1 < taum) {
				taum = taui1 - taueps
			} else {
				taui1 = taum - taueps
			}
		}
		if (fabs(taue - taum) < taueps) {
			if (taue < taum) {
				taum = taue - taueps
			} else {
				taue = taum - taueps
			}
		}
		if (fabs(taui1 - taum) < taueps) {
			taum = taui1 - taueps
		}
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
	ae = fe*(ke - km)
	f1 = overpeak(k2, k1)
	ai1 = f1*(k1 - k2)

	: m after one inhibitory event, for f2 = 1, at its peak; then f2 makes that 1
	f2 = 1
	spread()
	d = peak()
	xm = exp(-km*d)
	f2 = 1/(g1*(xm - exp(-k2*d)) - g2*(xm - exp(-k1*d)))
	spread()
	ai2 = f2*(k2 - km)
}

PROCEDURE spread() {
	g1 = f2*f1
	g2 = g1*(k2 - km)/(k1 - km)
}

: has the sign of dm/dt after one inhibitory event taken as positive
FUNCTION rise(d (ms)) {
	LOCAL xm
	xm = exp(-d*km)
	rise = (-km*xm + k2*exp(-d*k2))/(k2 - km) - (-km*xm + k1*exp(-d*k1))/(k1 - km)
}

: where m peaks after one inhibitory event: the decade it lies in, then bisection
FUNCTION peak() (ms) {
	LOCAL low, high
	low = 1
	high = 1
	if (rise(low) < 0) {
		while (rise(low) < 0 && low > 1e-9) {
			high = low
			low = low/10
		}
	} else {
		while (rise(high) > 0 && high < 1e9) {
			low = high
			high = high*10
		}
	}
	peak = high
	while (high - low > 1e-6) {
		peak = (low + high)/2
		if (rise(peak) > 0) {
			low = peak
		} else {
			high = peak
		}
	}
}
