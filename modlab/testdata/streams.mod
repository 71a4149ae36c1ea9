TITLE A source of spikes with every kind of random stream; it fires at t = 0

NEURON {
  ARTIFICIAL_CELL Streams
  RANGE uni, neg, sum, scop
  RANDOM first, second
  POINTER slow, fast
}

VERBATIM
#include "nrnran123.h"
ENDVERBATIM

ASSIGNED { uni neg sum scop slow fast }

INITIAL {
  uni = 0  neg = 0  sum = 0  scop = 0
  net_send(0, 1)
}

NET_RECEIVE(w) {
  net_event(t)
  uni = random_uniform(first)
  neg = random_negexp(second, 2)
  scop = scop_random()
  sum = fromC()
  net_send(0.1 + uni, 1)
}

FUNCTION fromC() {
VERBATIM
  nrnran123_State** a = (nrnran123_State**)(&_p_slow);
  nrnran123_State** b = (nrnran123_State**)(&_p_fast);
  _lfromC = nrnran123_dblpick(*a) + nrnran123_negexp(*b);
ENDVERBATIM
}

PROCEDURE seed(n) { set_seed(n) }

PROCEDURE setRNGs() {
VERBATIM
  nrnran123_State** a = (nrnran123_State**)(&_p_slow);
  nrnran123_State** b = (nrnran123_State**)(&_p_fast);
  *a = nrnran123_newstream3((uint32_t)*getarg(1), (uint32_t)*getarg(2), (uint32_t)*getarg(3));
  *b = nrnran123_newstream3((uint32_t)*getarg(4), (uint32_t)*getarg(5), (uint32_t)*getarg(6));
ENDVERBATIM
}
