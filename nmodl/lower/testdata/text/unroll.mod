: constant FROM loops are unrolled, integer indices computed as C does
NEURON { SUFFIX unr RANGE x, s }
DEFINE N 3
ASSIGNED { v x[N] s }
BREAKPOINT { s = 0 FROM i = 0 TO N-1 { x[i] = v*i s = s + x[(i + 1)/2] } }
