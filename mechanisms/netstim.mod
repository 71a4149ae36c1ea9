TITLE Source of a regular train of events

COMMENT
A train of `number` events, `interval` (ms) apart, the first one at `start` (ms). An event of positive weight starts the
train anew when none is under way, an event of negative weight ends it. A negative start means that the train waits for
such an event.
Carnevale NT, Hines ML (2006) The NEURON Book, Cambridge University Press, chapter 10.

noise = 0 only. With noise > 0 NEURON draws intervals from a random stream that a script assigns to each NetStim; a
SONATA circuit has no place to say which one. A NetStim with noise therefore ends the run with an error (a negative delay
below) rather than with spikes that look right. Poisson input is best written to a spikes file.
ENDCOMMENT

NEURON {
	ARTIFICIAL_CELL NetStim
	RANGE interval, number, start, noise
	THREADSAFE
}

PARAMETER {
	interval = 10 (ms) <1e-9, 1e9>
	number   = 10      <0, 1e9>
	start    = 50 (ms)
	noise    = 0       <0, 1>
}

ASSIGNED {
	running : 1 while a train is under way
	sent    : events of this train so far
}

: what a self event says
DEFINE NEXT 1
DEFINE BEGIN 3

FUNCTION pause() (ms) {
	pause = interval
	if (interval <= 0) {
		pause = 0.01
	}
}

INITIAL {
	LOCAL first
	running = 0
	sent = 0
	if (noise > 0) {
		net_send(-noise, NEXT) : refused; see above
	}
	if (number > 0 && start >= 0) {
		running = 1
		first = start + pause() - interval
		if (first < 0) {
			first = 0
		}
		net_send(first, BEGIN)
	}
}

NET_RECEIVE(w) {
	LOCAL wait
	if (flag == 0) {
		if (w < 0) {
			running = 0
		} else if (w > 0 && running == 0 && number > 0) {
			running = 1
			sent = 0
			wait = pause() - interval
			net_send(wait, NEXT)
		}
	} else if (running == 1) {
		if (flag == BEGIN) {
			sent = 0
			net_send(0, NEXT)
		} else if (flag == NEXT) {
			net_event(t)
			sent = sent + 1
			if (sent < number) {
				net_send(pause(), NEXT)
			} else {
				running = 0
			}
		}
	}
}
