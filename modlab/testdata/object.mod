TITLE A noisy channel that draws from a Random object

NEURON {
  SUFFIX objnoise
  NONSPECIFIC_CURRENT i
  RANGE g, n
  POINTER source
}

PARAMETER { g = 0.001 }
ASSIGNED { v i n source }
STATE { a }

INITIAL { a = 0.5  n = 0 }
BREAKPOINT { SOLVE s METHOD cnexp  i = g*a*(v + 70) }
DERIVATIVE s {
  draw()
  a' = (n - a)/3
}

PROCEDURE draw() {
VERBATIM
  n = nrn_random_pick((Rand*)(_p_source));
ENDVERBATIM
}

PROCEDURE setRNG() {
VERBATIM
  void** p = (void**)(&_p_source);
  *p = (void*)nrn_random_arg(1);
ENDVERBATIM
}
