: FUNCTION_TABLE of one and of two arguments, and EXTERNAL
NEURON { SUFFIX ftab RANGE a, b, c, e EXTERNAL scale_fext }
ASSIGNED { v a b c e scale_fext }
FUNCTION_TABLE one(v)
FUNCTION_TABLE two(v, x)
FUNCTION_TABLE fixed(v)
BREAKPOINT { SOLVE k }
PROCEDURE k() { a = one(v) b = two(v, t) c = fixed(v) e = scale_fext*v }
