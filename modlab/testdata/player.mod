TITLE A source that plays the times of a Vector, with weights from a second one and an offset

NEURON {
  ARTIFICIAL_CELL Player
  RANGE k, last, wait
  POINTER times, sizes
}

ASSIGNED { k last wait shift times sizes }

INITIAL {
  k = 0  last = 0
  next()
  if (wait >= 0) {
    net_send(wait, 1)
  }
}

NET_RECEIVE(w) {
  if (flag == 1) {
    net_event(t)
    next()
    if (wait >= 0) {
      net_send(wait, 1)
    }
  }
}

PROCEDURE next() {
  wait = -1
VERBATIM
  IvocVect* a = *((IvocVect**)(&(_p_times)));
  IvocVect* b = *((IvocVect**)(&(_p_sizes)));
  if (a && (int)k < vector_capacity(a)) {
    wait = vector_vec(a)[(int)k] + shift - t;
    last = last + vector_vec(b)[(int)k];
    k += 1;
  }
ENDVERBATIM
}

PROCEDURE play() {
VERBATIM
  IvocVect** a = (IvocVect**)(&(_p_times));
  IvocVect** b = (IvocVect**)(&(_p_sizes));
  *a = vector_arg(1);
  *b = vector_arg(2);
  shift = *getarg(3);
ENDVERBATIM
}
