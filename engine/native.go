package engine

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"netsim/engine/native"
	"netsim/engine/vec"
	"netsim/nmodl/program"
)

// nativeCode is the machine code of one engine: one routine for each shape of a program, shared by the groups.
type nativeCode struct {
	arena    *native.Arena
	routines map[string]*native.Routine // nil: the shape has no machine code
	ready    bool
	level    native.Level // 0: none
	why      string       // why there is none at all
}

// nativeLevel is the instruction set that programs shall become machine code for, or 0 and why there shall be none.
func nativeLevel(opt *Options) (native.Level, string) {
	switch {
	case opt.Plain || opt.NoNative:
		return 0, "by option"
	case os.Getenv("NETSIM_NATIVE") == "0":
		return 0, "by NETSIM_NATIVE=0"
	}
	if level := nativeLevels[vec.Current()]; level != 0 && level.Available() {
		return level, ""
	}
	return 0, "without AVX2"
}

var nativeLevels = map[vec.Level]native.Level{vec.AVX2: native.AVX2, vec.AVX512: native.AVX512}

// NativeCode tells how many programs run as machine code and why others do not.
func (e *Engine) NativeCode() (routines int, why string) {
	for _, r := range e.native.routines {
		if r != nil {
			routines++
		}
	}
	return routines, e.native.why
}

// compileNative makes machine code for the programs of every step and ties it to the groups' data. What has none stays
// on the vector machine.
func (e *Engine) compileNative() {
	n := &e.native
	if n.arena == nil {
		n.arena = &native.Arena{}
		runtime.AddCleanup(e, (*native.Arena).Close, n.arena)
	}
	n.arena.Close()
	n.ready = false
	n.routines = map[string]*native.Routine{}
	if n.level == 0 {
		return
	}
	n.why = ""
	var mechs []*mechInst
	for _, g := range e.groups {
		mechs = append(mechs, g.mechs...)
	}
	n.ready = true
	e.tie(mechs)
}

// tie gives mechanisms their machine code.
func (e *Engine) tie(mechs []*mechInst) {
	n := &e.native
	type use struct {
		mi    *mechInst
		bound *boundCode
		key   string
	}
	var uses []use
	var list []*native.Routine
	for _, mi := range mechs {
		for _, bound := range []*boundCode{mi.cur, mi.state} {
			if bound == nil || mi.n == 0 {
				continue
			}
			bound.native = nil
			shape := mi.shape(bound.code, n.level)
			shape.Unseen = mi.unseen()
			key := shapeKey(shape)
			r, known := n.routines[key]
			if !known {
				var err error
				if r, err = native.Compile(shape); err == nil {
					list = append(list, r)
				} else if !errors.Is(err, native.ErrUnsupported) {
					n.why = err.Error()
				}
				n.routines[key] = r
			}
			if r != nil {
				uses = append(uses, use{mi, bound, key})
			}
		}
	}
	if err := n.arena.Add(list); err != nil {
		n.why, n.ready = err.Error(), false
		clear(n.routines)
		return
	}
	for _, u := range uses {
		b := n.routines[u.key].Bind(u.mi.nativeData())
		u.bound.native, u.bound.ops = b, nil
		for k := range e.scratch {
			e.scratch[k].ensureFloats(b.Scratch())
		}
	}
}

// observe notes that somebody outside reads a column: from the next step on its values are stored even if no program
// needs them.
func (e *Engine) observe(mi *mechInst, column int) {
	if mi.observed == nil {
		mi.observed = make([]bool, len(mi.m.Columns))
	}
	if mi.observed[column] {
		return
	}
	mi.observed[column] = true
	if e.native.ready {
		e.tie([]*mechInst{mi})
	}
}

// unseen tells for each column that nobody looks at what is stored there: no program reads what another one left, no
// POINTER refers to it, and observe was not called.
func (mi *mechInst) unseen() []bool {
	out := seenBy(mi.m)
	for c, seen := range out {
		out[c] = !seen && !mi.isPinned(c) && (mi.observed == nil || !mi.observed[c])
	}
	return out
}

// seenBy tells for each column whether a program reads a value that it has not written itself just before.
func seenBy(m *program.Mechanism) []bool {
	seen := make([]bool, len(m.Columns))
	scalar := func(code *program.Code) {
		if code == nil {
			return
		}
		for _, in := range code.Instrs {
			for _, r := range in.Src {
				if r.Kind == program.Col {
					seen[r.Idx] = true
				}
			}
			if in.Op == program.OpLoadIdx && in.Src[0].Kind == program.Col {
				for k := range in.Src[2].Idx {
					seen[in.Src[0].Idx+k] = true
				}
			}
		}
	}
	for _, en := range m.Entries() {
		scalar(en.Entry.Scalar)
		if en.Entry.Vector == nil {
			continue
		}
		written := make([]bool, len(m.Columns))
		for _, in := range en.Entry.Vector.Instrs {
			for _, r := range in.Src {
				if r.Kind == program.Col && !written[r.Idx] {
					seen[r.Idx] = true
				}
			}
			if in.Dst.Kind == program.Col {
				written[in.Dst.Idx] = true
			}
		}
	}
	for _, code := range m.Watches {
		scalar(code)
	}
	for _, f := range m.Functions {
		scalar(f.Code)
	}
	for _, p := range m.Procedures {
		scalar(p.Code)
	}
	for _, d := range m.Diffusion {
		scalar(d.Code)
		if d.State.Kind == program.Col {
			seen[d.State.Idx] = true
		}
	}
	for _, t := range m.Tables {
		scalar(t.Build)
		scalar(t.Bounds)
		for _, c := range t.DependCols {
			seen[c] = true
		}
	}
	return seen
}

// shape describes the mechanism's data to the code generator.
func (mi *mechInst) shape(code *program.Code, level native.Level) *native.Shape {
	s := &native.Shape{Level: level, Mech: mi.m, Code: code, Uniform: make([]bool, len(mi.cols)), Tables: mi.tables, Curves: mi.curves}
	for c, col := range mi.cols {
		s.Uniform[c] = len(col) == 1 && mi.n != 1
	}
	for k := range mi.exts {
		x := &mi.exts[k]
		n := native.ExtShape{Index: k}
		switch {
		case x.base == nil && x.constant == nil:
			n.Access = native.Absent
		case x.constant != nil:
			n.Access = native.Column
		case x.contiguous:
			n.Access = native.Contiguous
		case x.rows != nil:
			n.Access = native.Rows
		case x.jag != nil:
			n.Access = native.Jagged
		default:
			n.Access = native.Indexed
			n.Distinct = ascending(x.idx)
		}
		if n.Access == native.Rows || n.Access == native.Indexed || n.Access == native.Jagged {
			for j := range k {
				if s.Exts[j].Access == n.Access && slices.Equal(mi.exts[j].idx, x.idx) {
					n.Index = j
					break
				}
			}
		}
		s.Exts = append(s.Exts, n)
	}
	s.Value = func(r program.Ref) (float64, bool) {
		switch {
		case r.Kind == program.Col && s.Uniform[r.Idx]:
			return mi.cols[r.Idx][0], true
		case r.Kind == program.Glob && r.Idx != program.GlobT:
			return mi.globals[r.Idx], true
		}
		return 0, false
	}
	return s
}

// jaggedOrder is the order of n point processes, sorted by node, in which machine code sums their currents some nodes
// at a time (native.Jag), or nil where it has nothing to gain. On each node they keep their order.
func (e *Engine) jaggedOrder(n int, node func(i int) int32) []int32 {
	if e.native.level == 0 || n < 4*lanes {
		return nil
	}
	nodes := make([]int32, n)
	for i := range nodes {
		nodes[i] = node(i)
	}
	return native.JaggedOrder(nodes, e.native.level.Lanes())
}

// noteJagged describes the order of point processes to the machine code, if its rows are long enough to pay.
func (e *Engine) noteJagged(mi *mechInst, b *extBind) {
	if e.native.level == 0 || mi.m.Kind != program.Point || b.contiguous || b.rows != nil {
		return
	}
	width := e.native.level.Lanes()
	if j := native.NewJag(b.idx, width); len(b.idx) >= width/2*len(j.Lengths) {
		b.jag = j
	}
}

func ascending(idx []int32) bool {
	for k := 1; k < len(idx); k++ {
		if idx[k] <= idx[k-1] {
			return false
		}
	}
	return true
}

// shapeKey is equal for shapes that have the same machine code.
func shapeKey(s *native.Shape) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%p %p %v %v %v %v %p", s.Mech, s.Code, s.Uniform, s.Unseen, s.Exts, s.Tables, s.Curves) // tables by address
	for k := range s.Code.Instrs {
		// The value of a divisor decides how it is divided by.
		if in := &s.Code.Instrs[k]; in.Op == program.OpDiv {
			if v, ok := s.Value(in.Src[1]); ok {
				fmt.Fprintf(&b, " %x", math.Float64bits(v))
			}
		}
	}
	return b.String()
}

func (mi *mechInst) nativeData() *native.Data {
	var jag *native.Jag
	for k := range mi.exts {
		if mi.exts[k].jag != nil {
			jag = mi.exts[k].jag
		}
	}
	return &native.Data{
		N: mi.n, Columns: mi.cols, Globals: mi.globals, Tables: mi.tables, Curves: mi.curves, Jag: jag,
		Base: func(k int) unsafe.Pointer {
			x := &mi.exts[k]
			switch {
			case x.constant != nil:
				return unsafe.Pointer(unsafe.SliceData(x.constant))
			case x.contiguous:
				return unsafe.Pointer(&x.base[x.idx[0]])
			}
			return unsafe.Pointer(unsafe.SliceData(x.base))
		},
		Index: func(k int) unsafe.Pointer {
			x := &mi.exts[k]
			switch {
			case x.rows != nil:
				return unsafe.Pointer(unsafe.SliceData(x.rows))
			case x.jag != nil:
				return unsafe.Pointer(unsafe.SliceData(x.jag.Nodes))
			}
			return unsafe.Pointer(unsafe.SliceData(x.idx))
		},
	}
}
