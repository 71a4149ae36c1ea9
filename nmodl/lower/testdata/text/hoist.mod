: invariants become hidden columns, temporaries and unread columns vanish; the two evaluations share what v does not touch
NEURON { SUFFIX hst USEION k READ ek WRITE ik RANGE gbar, tau GLOBAL q10 }
PARAMETER { gbar = 0.1 tau = 7 q = 2.3 }
ASSIGNED { v ek ik celsius q10 ninf g }
STATE { n }
INITIAL { q10 = q^((celsius - 23)/10) rates() n = ninf }
BREAKPOINT { SOLVE s METHOD cnexp g = gbar*q10*n ik = g*(v - ek) }
DERIVATIVE s { rates() n' = (ninf - n)/(tau/q10) }
PROCEDURE rates() { ninf = 1/(1 + exp(-v/9)) }
