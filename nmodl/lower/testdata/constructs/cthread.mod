: what thread-safe code does to variables of all instances: the defaults of those that are assigned are lost
NEURON { THREADSAFE SUFFIX cthread NONSPECIFIC_CURRENT i GLOBAL q, arr RANGE i, s }
PARAMETER { q = 3 z = 5 kept = 7 }
ASSIGNED { v i s arr[3] }
LOCAL loc
INITIAL { q = q + 1 arr[1] = q loc = loc + 1 s = z z = z + 1 PROTECT kept = kept + 1 }
BREAKPOINT { later()
	s = s + arr[1] + arr[2] + loc + z + kept
	i = 1e-6*(v + q + s) }
PROCEDURE later() { arr[2] = v }
