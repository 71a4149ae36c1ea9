package checker

// arity is the number of arguments of a built-in; max -1: any number.
type arity struct{ min, max int }

// reserved are the names that NEURON keeps for its own functions and variables; a file that declares one of them is
// refused ("multiple uses for same variable").
var reserved = map[string]arity{
	"exp": {1, 1}, "log": {1, 1}, "log10": {1, 1}, "sqrt": {1, 1}, "fabs": {1, 1}, "floor": {1, 1}, "ceil": {1, 1},
	"sin": {1, 1}, "cos": {1, 1}, "tan": {1, 1}, "asin": {1, 1}, "acos": {1, 1}, "atan": {1, 1}, "sinh": {1, 1},
	"cosh": {1, 1}, "tanh": {1, 1}, "atan2": {2, 2}, "pow": {2, 2}, "fmod": {2, 2}, "erf": {1, 1}, "factorial": {1, 1},

	"printf": {1, -1}, "prterr": {0, -1}, "error": {0, -1}, "first_time": {0, -1}, "f_flux": {0, 0}, "b_flux": {0, 0},
	"threshold": {0, -1}, "force": {0, -1}, "deflate": {0, -1}, "expfit": {0, -1}, "derivs": {0, -1}, "spline": {0, -1},
	"hyperbol": {0, -1}, "revhyperbol": {0, -1}, "sigmoid": {0, -1}, "revsigmoid": {0, -1}, "harmonic": {0, -1},
	"squarewave": {0, -1}, "sawtooth": {0, -1}, "revsawtooth": {0, -1}, "ramp": {0, -1}, "pulse": {0, -1},
	"perpulse": {0, -1}, "step": {0, -1}, "perstep": {0, -1}, "exprand": {1, 1}, "gauss": {0, -1}, "normrand": {2, 2},
	"poisrand": {1, 1}, "poisson": {0, -1}, "setseed": {0, -1}, "scop_random": {0, -1}, "boundary": {0, -1},
	"romberg": {0, -1}, "legendre": {0, -1}, "invert": {0, -1}, "stepforce": {0, -1}, "schedule": {0, -1},
	"set_seed": {1, 1}, "nrn_pointing": {1, 1}, "nrn_random_play": {0, -1}, "at_time": {1, 1}, "nrn_ghk": {4, 4},

	"state_discontinuity": {2, 2}, "net_send": {2, 2}, "net_move": {1, 1}, "net_event": {1, 1},
}

// randomFuncs take a RANDOM variable as their first argument.
var randomFuncs = map[string]arity{
	"random_uniform": {1, 3}, "random_negexp": {1, 2}, "random_normal": {1, 3}, "random_ipick": {1, 1},
	"random_dpick": {1, 1}, "random_setseq": {2, 2}, "random_setids": {4, 4},
}

// libraryFuncs are not known to NEURON's translator, but its C++ code finds them in the C library. A file may declare
// a function of that name.
var libraryFuncs = map[string]arity{
	"abs": {1, 1}, "fmax": {2, 2}, "fmin": {2, 2}, "round": {1, 1}, "trunc": {1, 1}, "rint": {1, 1}, "cbrt": {1, 1},
	"expm1": {1, 1}, "log1p": {1, 1}, "log2": {1, 1}, "exp2": {1, 1}, "hypot": {2, 2}, "asinh": {1, 1}, "acosh": {1, 1},
	"atanh": {1, 1}, "isnan": {1, 1}, "isinf": {1, 1}, "erfc": {1, 1}, "tgamma": {1, 1}, "lgamma": {1, 1},
	"fdim": {2, 2}, "copysign": {2, 2},
}

// special are NEURON's own variables; declaring them gives them no value.
var special = map[string]bool{"v": true, "t": true, "dt": true, "celsius": true, "diam": true, "area": true}

// builtinVars exist without a declaration besides the special ones; a file may declare its own of that name.
var builtinVars = map[string]bool{"usetable": true, "secondorder": true, "M_PI": true, "M_E": true}

// mayNotBeAssigned are the "special NEURON variables that should not be assigned a value in a model description file".
var mayNotBeAssigned = map[string]bool{"t": true, "dt": true, "celsius": true, "diam": true, "area": true}

// wholeArrays are the functions that take an array without an index.
var wholeArrays = map[string]bool{"romberg": true, "legendre": true, "deflate": true}

// methods of SOLVE and the blocks they work on; cvode_* and after_cvode work on any.
var methods = map[string][]string{
	"cnexp":         {"DERIVATIVE"},
	"derivimplicit": {"DERIVATIVE"},
	"euler":         {"DERIVATIVE", "KINETIC"},
	"runge":         {"DERIVATIVE", "KINETIC"},
	"sparse":        {"KINETIC"},
	"newton":        {"NONLINEAR"},
	"simeq":         {"LINEAR"},
	"after_cvode":   nil,
	"cvode_t":       nil,
	"cvode_t_v":     nil,
}

// oldMethods were known to NEURON 8.
var oldMethods = map[string][]string{
	"adams": {"DERIVATIVE", "KINETIC"}, "adeuler": {"DERIVATIVE", "KINETIC"}, "adrunge": {"DERIVATIVE", "KINETIC"},
	"heun": {"DERIVATIVE", "KINETIC"}, "gear": {"DERIVATIVE", "KINETIC"}, "clsoda": {"DERIVATIVE", "KINETIC"},
}
