: POINTER to the potential of another node, read and asked for
NEURON { POINT_PROCESS pgap NONSPECIFIC_CURRENT i RANGE i, g, isset POINTER vgap }
PARAMETER { g = 0.002 (uS) }
ASSIGNED { v vgap i isset }
INITIAL { isset = nrn_pointing(vgap) }
BREAKPOINT { i = g*(v - vgap) }
