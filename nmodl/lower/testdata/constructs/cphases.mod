: BEFORE and AFTER blocks, two of one phase, with ions
NEURON { SUFFIX cphases USEION na READ ena WRITE ina USEION ca READ cai WRITE cai RANGE a, b, c, d, n, steps, x, g }
PARAMETER { g = 1e-4 tau = 3 }
ASSIGNED { v ena ina cai a b c d n steps x }
STATE { m }
INITIAL { m = 0.1 n = n + 1 x = b }
BREAKPOINT { SOLVE k METHOD cnexp
	ina = g*m*(v - ena) + 1e-3*a }
DERIVATIVE k { m' = (0.5 - m)/tau
	cai = 1e-4*m + 1e-5 }
BEFORE INITIAL { b = v + 1  n = n + 10 }
AFTER INITIAL { c = m*n  d = 0 steps = 0 }
BEFORE BREAKPOINT { a = v*1e-3 + t  d = d + 1 }
AFTER SOLVE { c = m + cai  m = m*1.001 }
BEFORE STEP { steps = steps + 1 b = t }
BEFORE STEP { b = b*2 + c }
