TITLE A gap junction with a plastic weight: POINTERs to a moving potential, to v, to a number and to a variable of its own

NEURON {
  POINT_PROCESS Pointed
  ELECTRODE_CURRENT i
  RANGE g, i, seen
  POINTER vgap, vhere, w, count
}

PARAMETER { g = 0.01 }
ASSIGNED { v i vgap vhere w count seen }

INITIAL { seen = 0 }
BREAKPOINT { i = g*w*(vgap - vhere) }

NET_RECEIVE(dw) {
  w = w + dw
  count = count + 1
}
