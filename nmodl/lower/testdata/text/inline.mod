: arguments by value, LOCAL and arguments hide names of the file, an unset result is 0
NEURON { SUFFIX inl RANGE a, m, r }
ASSIGNED { v a m r }
BREAKPOINT { m = 2 p(v) r = f(m, a) + none(v) }
PROCEDURE p(m) { LOCAL a a = m + 1 m = a*2 set(m) }
PROCEDURE set(x) { a = x }
FUNCTION f(x, y) { f = x f = f - y }
FUNCTION none(x) { LOCAL none2 none2 = x }
