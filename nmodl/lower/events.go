package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// watch lowers WATCH (a > b) flag, …: each condition is a program of its own (parsact.cpp: watchstmt).
func (w *walker) watch(s *ast.Watch) {
	if !w.inNet {
		w.c.unsupported(s.Pos, "WATCH outside NET_RECEIVE")
		return
	}
	b := w.scalarOnly(s.Pos, "WATCH")
	for i := range s.Items {
		item := &s.Items[i]
		flag := w.expr(item.Flag)
		b.emit(program.OpWatch, program.Ref{}, b.refs[flag], imm(w.c.watchCode(item)))
	}
}

// watchCode makes the program of a condition: a-b, or -(a-b) for a < b. It sees the file's names and v, not the
// arguments of NET_RECEIVE.
func (c *compiler) watchCode(item *ast.WatchItem) int {
	if i, ok := c.watched[item]; ok {
		return i
	}
	i := len(c.m.Watches)
	c.watched[item] = i
	code := &program.Code{}
	c.m.Watches = append(c.m.Watches, code)
	c.program("watch", code, 1, func(w *walker) {
		w.loadV()
		x := w.b.op(program.OpSub, w.expr(item.A), w.expr(item.B))
		if item.Less {
			x = w.b.op(program.OpNeg, x)
		}
		w.b.write(place{placeLocal, 0}, x)
	})
	return i
}

// program makes a scalar program that is no entry point; its first n locals are what it leaves behind.
func (c *compiler) program(name string, into *program.Code, n int, f func(*walker)) {
	b := newScalar(c.consts)
	for range n {
		b.newLocal()
	}
	b.keep = int32(n)
	if c.bounded(name, func() { f(c.newWalker(b)) }) {
		b = newScalar(c.consts)
		b.locals, b.keep = int32(n), int32(n)
	}
	b.dropUnread()
	c.extra = append(c.extra, &entry{name: name, sc: b, into: into})
}

// forNetCons lowers FOR_NETCONS(args) {…}: a loop over the connections to the instance, whose weights are the
// arguments.
func (w *walker) forNetCons(s *ast.ForNetCons) {
	if !w.inNet {
		w.c.unsupported(s.Pos, "FOR_NETCONS outside NET_RECEIVE")
		return
	}
	b := w.scalarOnly(s.Pos, "FOR_NETCONS")
	names := map[string]binding{}
	for i, a := range s.Args {
		names[a.Name] = binding{p: place{placeCon, int32(i)}}
	}
	i, n := w.b.newLocal(), w.b.newLocal()
	w.b.write(i, w.b.constant(0))
	w.b.write(n, b.result(program.OpConCount))
	defer w.push(names)()
	w.b.loop(s.Pos, func() value { return w.b.op(program.OpLt, w.b.read(i), w.b.read(n)) }, func() {
		b.emit(program.OpConSelect, program.Ref{}, b.refs[w.b.read(i)])
		w.block(s.Body)
		w.b.write(i, w.b.op(program.OpAdd, w.b.read(i), w.b.constant(1)))
	})
}
