TITLE A channel whose POINTERs are a leak conductance and a potential

NEURON {
  SUFFIX pointdens
  NONSPECIFIC_CURRENT i
  RANGE g, m
  POINTER gleak, here, sum
}

PARAMETER { g = 0.001 }
ASSIGNED { v i gleak here sum m[3] }

INITIAL { m[1] = 2 }
BREAKPOINT {
  SOLVE s
  i = g*(v - here) + gleak*(v + 60)
}
PROCEDURE s() {
  m[0] = m[0] + 0.5
  sum = sum + m[0]
}
