package program

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"netsim/libm"
	"netsim/rng"
)

// Fn is a function of NEURON's library that OpCall calls.
type Fn int32

// The functions. A handle is what a C pointer to a stream or Vector is here: the number of an object of the mechanism's
// Library, counted from 1; 0 is the null pointer.
const (
	FnNewStream     Fn = iota // (id1, id2, id3): handle of a new stream
	FnDefaultStream           // (): handle of a new stream with the names that NEURON gives a RANDOM variable
	FnSetSeq                  // (handle, block, number)
	FnSetSeq4                 // (handle, 4·block + number)
	FnSetIDs                  // (handle, id1, id2, id3)
	FnGetSeq                  // (handle): block
	FnGetWhich                // (handle): number in the block
	FnGetID                   // (handle, 1|2|3)
	FnUniform                 // (handle)
	FnNegExp                  // (handle): mean 1
	FnNormal                  // (handle): mean 0, deviation 1
	FnIPick                   // (handle): 32 bits
	FnPick                    // (handle): next value of a Random object
	FnIsRandom123             // (handle)
	FnScopRandom              // (): the generator of the process, as the four below
	FnExpRand                 // (mean)
	FnNormRand                // (mean, deviation)
	FnPoisRand                // (mean)
	FnSetSeed                 // (seed)
	FnSize                    // (handle): elements of a Vector
	FnElement                 // (handle, index)
	FnSetElement              // (handle, index, value)
	FnNewVector               // (size): handle of a Vector of zeros
	FnHasArg                  // (n): whether the call from outside has an argument n, counted from 1
	FnIsNumber                // (n): whether argument n is a number
	FnArg                     // (n): argument n, a number
	FnObject                  // (n): handle of argument n, a Vector or Random
	FnBitAnd                  // (a, b): C's operators on whole numbers
	FnBitOr
	FnBitXor
	FnShiftLeft
	FnShiftRight
	FnErf // …libm and scopmath
	FnErfc
	FnFactorial
	FnGauss   // (x, mean, deviation): the density
	FnPoisson // (n, mean): the probability
	FnAsinh
	FnAcosh
	FnAtanh
	FnCbrt
	FnExpm1
	FnLog1p
	FnLog2
	FnExp2
	FnGamma
	FnLgamma
	FnHypot
	FnCopysign
	FnDim
	FnRound
	FnRint

	numFns
)

var fnNames = [numFns]string{
	"nrnran123_newstream", "nrnran123_newstream0", "nrnran123_setseq", "nrnran123_setseq4", "nrnran123_setids",
	"nrnran123_getseq", "nrnran123_getwhich", "nrnran123_getid", "nrnran123_dblpick", "nrnran123_negexp", "nrnran123_normal",
	"nrnran123_ipick", "nrn_random_pick", "nrn_random_isran123", "scop_random", "exprand", "normrand", "poisrand", "set_seed",
	"vector_capacity", "vector_vec", "vector_set", "vector_new", "ifarg", "hoc_is_double_arg", "getarg", "object_arg",
	"bitand", "bitor", "bitxor", "shiftleft", "shiftright",
	"erf", "erfc", "factorial", "gauss", "poisson", "asinh", "acosh", "atanh", "cbrt", "expm1", "log1p", "log2", "exp2",
	"tgamma", "lgamma", "hypot", "copysign", "fdim", "round", "rint",
}

func (f Fn) String() string {
	if f >= 0 && f < numFns {
		return fnNames[f]
	}
	return fmt.Sprintf("fn%d", int(f))
}

// Draws reports whether a function takes numbers from a stream, so that how often it is called matters.
func (f Fn) Draws() bool { return f >= FnUniform && f <= FnPoisRand && f != FnIsRandom123 }

// Procedure is a PROCEDURE or FUNCTION that may be called from outside the run, as a script calls syn.setRNG(1, 2, 3)
// between the creation of an instance and finitialize.
type Procedure struct {
	Name        string
	Code        *Code // scalar
	Unsupported []Unsupported
}

// Argument is what a Procedure is called with: a number, a Vector, or a Random.
type Argument struct {
	Number float64
	Vector []float64 // not nil: a Vector
	Random *Random   // not nil: a Random
}

// Distribution is what a Random object draws.
type Distribution uint8

// The distributions: Uniform(A, B), NegExp(mean A), Normal(mean A, variance B).
const (
	Uniform Distribution = iota
	NegExp
	Normal
)

// Random is a Random object that draws from Random123, as r.Random123(id1, id2, id3) and then r.negexp(1) leave it.
type Random struct {
	ID   [3]uint32
	Dist Distribution
	A, B float64
}

// Process is what all mechanisms of a process share.
type Process struct {
	GlobalIndex uint32 // nrnran123_set_globalindex
	Rank        uint32 // in the names of RANDOM variables that nobody has named

	mu      sync.Mutex
	scop    rng.Scop
	started bool
	streams uint32 // default streams so far
}

// ErrArgument is a call of a Procedure with an argument that it does not get.
var ErrArgument = errors.New("argument is missing or of another kind")

// ErrNoStream is a draw from a stream that nobody has set up.
var ErrNoStream = errors.New("random stream is not set; call the procedure that sets it before the run")

// ErrNoVector is an element of a Vector that is not there.
var ErrNoVector = errors.New("a Vector is not set or has no such element")

// maxVector bounds what vector_new may ask for.
const maxVector = 1 << 24

// Library is what OpCall works on: the streams and Vectors of one mechanism's instances.
type Library struct {
	Process *Process
	Args    []Argument // of the Procedure that runs

	objects []object
}

type object struct {
	stream   rng.Random123
	isStream bool
	isRandom bool
	random   Random
	cached   bool // the second of two normal values
	next     float64
	vector   []float64
}

func (l *Library) process() *Process {
	if l.Process == nil {
		l.Process = &Process{}
	}
	return l.Process
}

func (l *Library) add(o object) float64 {
	l.objects = append(l.objects, o)
	return float64(len(l.objects))
}

func (l *Library) at(handle float64) *object {
	if handle >= 1 && handle <= float64(len(l.objects)) {
		return &l.objects[int(handle)-1]
	}
	return nil
}

func (l *Library) arg(n float64) *Argument {
	if n >= 1 && n <= float64(len(l.Args)) {
		return &l.Args[int(n)-1]
	}
	return nil
}

// NewStream is the handle of a new stream.
func (l *Library) NewStream(id1, id2, id3 uint32) float64 {
	return l.add(object{isStream: true, stream: rng.NewRandom123(id1, id2, id3, l.process().GlobalIndex)})
}

// DefaultStream is nrnran123_newstream(): the names are 1, the rank, and the number of such streams so far.
func (l *Library) DefaultStream() float64 {
	p := l.process()
	p.mu.Lock()
	p.streams++
	n := p.streams
	p.mu.Unlock()
	return l.NewStream(1, p.Rank, n)
}

// word is what C makes of a double that goes to a uint32_t.
func word(x float64) uint32 {
	if !(math.Abs(x) < 1<<63) {
		return 0
	}
	return uint32(int64(x))
}

// Call is one call of a library function.
func (l *Library) Call(f Fn, a []float64) (float64, error) {
	if len(a) < fnArgs[f] {
		return 0, fmt.Errorf("%v: %w", f, ErrArgument)
	}
	if f >= FnErf {
		return special(f, a)
	}
	switch f {
	case FnNewStream:
		return l.NewStream(word(a[0]), word(a[1]), word(a[2])), nil
	case FnDefaultStream:
		return l.DefaultStream(), nil
	case FnSetSeq, FnSetSeq4, FnSetIDs, FnGetSeq, FnGetWhich, FnGetID, FnUniform, FnNegExp, FnNormal, FnIPick, FnPick:
		o := l.at(a[0])
		if o == nil || !o.isStream {
			return 0, fmt.Errorf("%v: %w", f, ErrNoStream)
		}
		return o.call(f, a), nil
	case FnIsRandom123:
		o := l.at(a[0])
		return truth(o != nil && o.isStream), nil
	case FnScopRandom, FnExpRand, FnNormRand, FnPoisRand, FnSetSeed:
		return l.process().legacy(f, a), nil
	case FnSize:
		if o := l.at(a[0]); o != nil {
			return float64(len(o.vector)), nil
		}
		return 0, nil
	case FnElement, FnSetElement:
		o := l.at(a[0])
		if o == nil || !(a[1] >= 0) || a[1] >= float64(len(o.vector)) {
			return 0, fmt.Errorf("index %g: %w", a[1], ErrNoVector)
		}
		if f == FnSetElement {
			o.vector[int(a[1])] = a[2]
		}
		return o.vector[int(a[1])], nil
	case FnBitAnd, FnBitOr, FnBitXor, FnShiftLeft, FnShiftRight:
		return bits(f, a[0], a[1]), nil
	case FnNewVector:
		if !(a[0] >= 0 && a[0] <= maxVector) {
			return 0, fmt.Errorf("a Vector of %g elements: %w", a[0], ErrArgument)
		}
		return l.add(object{vector: make([]float64, int(a[0]))}), nil
	}
	return l.outside(f, a)
}

// outside reads the arguments of a call from outside.
func (l *Library) outside(f Fn, a []float64) (float64, error) {
	arg := l.arg(a[0])
	switch f {
	case FnHasArg:
		return truth(arg != nil), nil
	case FnIsNumber:
		return truth(arg != nil && arg.Vector == nil && arg.Random == nil), nil
	case FnArg:
		if arg == nil || arg.Vector != nil || arg.Random != nil {
			return 0, fmt.Errorf("number %g: %w", a[0], ErrArgument)
		}
		return arg.Number, nil
	case FnObject:
		switch {
		case arg == nil || arg.Vector == nil && arg.Random == nil:
			return 0, fmt.Errorf("number %g: %w", a[0], ErrArgument)
		case arg.Vector != nil:
			return l.add(object{vector: append([]float64(nil), arg.Vector...)}), nil
		}
		id := arg.Random.ID
		h := l.NewStream(id[0], id[1], id[2])
		o := l.at(h)
		o.isRandom, o.random = true, *arg.Random
		o.pick() // as r.negexp(1), which returns a first value
		return h, nil
	}
	return 0, fmt.Errorf("%v: %w", f, ErrArgument)
}

var fnArgs = [numFns]int{
	FnNewStream: 3, FnSetSeq: 3, FnSetSeq4: 2, FnSetIDs: 4, FnGetSeq: 1, FnGetWhich: 1, FnGetID: 2, FnUniform: 1, FnNegExp: 1,
	FnNormal: 1, FnIPick: 1, FnPick: 1, FnIsRandom123: 1, FnExpRand: 1, FnNormRand: 2, FnPoisRand: 1, FnSetSeed: 1, FnSize: 1,
	FnBitAnd: 2, FnBitOr: 2, FnBitXor: 2, FnShiftLeft: 2, FnShiftRight: 2, FnElement: 2, FnSetElement: 3, FnNewVector: 1, FnHasArg: 1, FnIsNumber: 1, FnArg: 1, FnObject: 1,
	FnErf: 1, FnErfc: 1, FnFactorial: 1, FnGauss: 3, FnPoisson: 2, FnAsinh: 1, FnAcosh: 1, FnAtanh: 1, FnCbrt: 1, FnExpm1: 1,
	FnLog1p: 1, FnLog2: 1, FnExp2: 1, FnGamma: 1, FnLgamma: 1, FnHypot: 2, FnCopysign: 2, FnDim: 2, FnRound: 1, FnRint: 1,
}

func (o *object) call(f Fn, a []float64) float64 {
	s := &o.stream
	switch f {
	case FnSetSeq:
		s.SetSequence(word(a[1]), uint8(word(a[2])))
	case FnSetSeq4:
		x := uint64(0)
		if a[1] >= 0 && a[1] < 1<<63 {
			x = uint64(a[1]) & 0x3ffffffff
		} else if a[1] < 0 && a[1] > -(1<<63) {
			x = uint64(int64(a[1])) & 0x3ffffffff
		}
		s.SetSequence(uint32(x>>2), uint8(x&3))
	case FnSetIDs:
		s.SetIDs(word(a[1]), word(a[2]), word(a[3]))
	case FnGetSeq:
		seq, _ := s.Sequence()
		return float64(seq)
	case FnGetWhich:
		_, which := s.Sequence()
		return float64(which)
	case FnGetID:
		id1, id2, id3 := s.IDs()
		switch a[1] {
		case 1:
			return float64(id1)
		case 2:
			return float64(id2)
		}
		return float64(id3)
	case FnUniform:
		return s.Float64()
	case FnNegExp:
		return s.NegExp()
	case FnNormal:
		return s.Normal()
	case FnIPick:
		return float64(s.Uint32())
	case FnPick:
		return o.pick()
	}
	return 0
}

// pick is Random.repick of libg++'s distributions.
func (o *object) pick() float64 {
	s, r := &o.stream, &o.random
	if !o.isRandom {
		return s.Float64()
	}
	switch r.Dist {
	case NegExp:
		return -r.A * libm.Log(s.Float64())
	case Normal:
		std := math.Sqrt(r.B)
		if o.cached {
			o.cached = false
			return float64(o.next*std) + r.A
		}
		for {
			x := float64(2*s.Float64()) - 1
			y := float64(2*s.Float64()) - 1
			if w := float64(x*x) + float64(y*y); w <= 1 {
				k := math.Sqrt(float64(-2*libm.Log(w)) / w)
				o.next, o.cached = float64(y*k), true
				return float64(float64(x*k)*std) + r.A
			}
		}
	}
	low, high := min(r.A, r.B), max(r.A, r.B)
	return low + float64((high-low)*s.Float64())
}

func (p *Process) legacy(f Fn, a []float64) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start()
	switch f {
	case FnExpRand:
		return p.scop.Exp(a[0])
	case FnNormRand:
		return p.scop.Normal(a[0], a[1])
	case FnPoisRand:
		return p.scop.Poisson(a[0])
	case FnSetSeed:
		p.scop.Seed(a[0])
		return 0
	}
	return p.scop.Float64()
}

// bits are C's operators on whole numbers of 64 bits.
func bits(f Fn, a, b float64) float64 {
	if !(math.Abs(a) < 1<<63 && math.Abs(b) < 1<<63) {
		return 0
	}
	x, y := int64(a), int64(b)
	switch f {
	case FnBitAnd:
		return float64(x & y)
	case FnBitOr:
		return float64(x | y)
	case FnBitXor:
		return float64(x ^ y)
	case FnShiftLeft:
		return float64(x << uint(y&63))
	}
	return float64(x >> uint(y&63))
}
