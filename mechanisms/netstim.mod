TITLE Source of a train of events, regular or random

COMMENT
A train of `number` events, the first one at `start` (ms). Each interval (ms) has a fixed part, (1-noise)*interval, and
a random part with an exponential distribution of mean noise*interval: noise 0 is a regular train, noise 1 a Poisson
process. A random train's first event comes noise*interval after `start` on average. An event of positive weight starts
the train anew when none is under way, an event of negative weight ends it. A negative start means that the train waits
for such an event.
Carnevale NT, Hines ML (2006) The NEURON Book, Cambridge University Press, chapter 10.

The random part is drawn from the stream `ranvar`, which noiseFromRandom123(id1, id2, id3) names; a NetStim that nobody
names a stream for has one of its own all the same. INITIAL rewinds it.
ENDCOMMENT

NEURON {
	THREADSAFE
	ARTIFICIAL_CELL NetStim
	RANGE interval, number, start, noise
	RANDOM ranvar
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
	LOCAL mean
	mean = interval
	if (mean <= 0) {
		mean = 0.01
	}
	if (noise == 0) {
		pause = mean
	} else {
		pause = (1 - noise)*mean + noise*mean*random_negexp(ranvar)
	}
}

INITIAL {
	LOCAL first
	random_setseq(ranvar, 0)
	running = 0
	sent = 0
	if (noise < 0) {
		noise = 0
	}
	if (noise > 1) {
		noise = 1
	}
	if (number > 0 && start >= 0) {
		running = 1
		first = start + pause() - interval*(1 - noise)
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
			wait = pause() - interval*(1 - noise)
			net_send(wait, NEXT)
		}
	} else if (running == 1) {
		if (flag == BEGIN) {
			sent = 0
			net_send(0, NEXT)
		} else if (flag == NEXT) {
			net_event(t)
			sent = sent + 1
			: the pause behind the last event is drawn, too, so that the stream stands where NEURON's does
			wait = pause()
			if (sent < number) {
				net_send(wait, NEXT)
			} else {
				running = 0
			}
		}
	}
}

PROCEDURE noiseFromRandom123(id1, id2, id3) {
	random_setids(ranvar, id1, id2, id3)
	random_setseq(ranvar, 0)
}
