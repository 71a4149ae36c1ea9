: POINTER that writes into another point process
NEURON { POINT_PROCESS pwrite RANGE x POINTER p, q }
ASSIGNED { v p q x }
INITIAL { x = 0 }
BREAKPOINT { SOLVE k }
PROCEDURE k() { x = x + 1 + p*0.01  q = 0.002 + x*1e-5 }
