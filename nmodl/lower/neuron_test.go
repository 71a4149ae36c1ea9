package lower_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// recording is what validation/mechanisms/record.py writes for one mechanism.
type recording struct {
	Name     string
	Kind     string
	Celsius  float64
	Dt       float64
	Area     float64
	Diam     float64
	Wave     []float64
	Delay    float64
	Events   []float64
	Weight   []float64
	Beside   *string
	Free     []float64
	UseTable *bool
	Sources  []struct {
		Events []float64
		Weight float64
	}
	Spikes []float64
	Values map[string][]float64

	Parameters map[string]float64
	Calls      [][2]json.RawMessage // procedure, arguments
}

func readRecordings(t *testing.T, path string) []recording {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var d struct{ Mechanisms []recording }
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d.Mechanisms
}

// TestNeuronBuiltin compares the mechanisms that come with netsim with what NEURON's own computed, bit by bit.
func TestNeuronBuiltin(t *testing.T) {
	path := filepath.Join("..", "..", "validation", "mechanisms", "reference", "builtin.json.gz")
	for _, r := range readRecordings(t, path) {
		file := filepath.Join("..", "..", "mechanisms", strings.ToLower(r.Name)+".mod")
		t.Run(r.Name+tableName(r), func(t *testing.T) { compare(t, file, r) })
	}
}

func tableName(r recording) string {
	if r.UseTable == nil {
		return ""
	}
	return fmt.Sprintf("/usetable=%v", *r.UseTable)
}

// TestNeuronAllen compares a folder of .mod files with NEURON run now: NETSIM_PYTHON is a Python with NEURON 9,
// NETSIM_ALLEN_MODS the folder.
func TestNeuronAllen(t *testing.T) {
	python, mods := os.Getenv("NETSIM_PYTHON"), os.Getenv("NETSIM_ALLEN_MODS")
	if python == "" || mods == "" {
		t.Skip("NETSIM_PYTHON (a Python with NEURON 9) and NETSIM_ALLEN_MODS (a folder of .mod files) are not both set")
	}
	out := os.Getenv("NETSIM_RECORDING")
	if out == "" {
		out = filepath.Join(t.TempDir(), "out.json.gz")
		script := filepath.Join("..", "..", "validation", "mechanisms", "record.py")
		if b, err := exec.Command(python, script, out, "--mods", mods).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
	}
	files, _ := filepath.Glob(filepath.Join(mods, "*.mod"))
	bySuffix := map[string]string{}
	for _, f := range files {
		bySuffix[compileFile(t, f, lower.Options{}).Name] = f
	}
	for _, r := range readRecordings(t, out) {
		t.Run(r.Name+tableName(r), func(t *testing.T) { compare(t, bySuffix[r.Name], r) })
	}
}

// host collects the events that a program sends.
type host struct {
	now   float64
	queue []event
	out   []float64
	move  int // number of the movable self event
	seq   int
}

type event struct {
	t      float64
	seq    int
	flag   float64
	source int // -1: a self event
}

func (h *host) push(e event) {
	h.seq++
	e.seq = h.seq
	h.queue = append(h.queue, e)
}

func (h *host) pop(until float64) (event, bool) {
	best := -1
	for i, e := range h.queue {
		if e.t <= until && (best < 0 || e.t < h.queue[best].t || e.t == h.queue[best].t && e.seq < h.queue[best].seq) {
			best = i
		}
	}
	if best < 0 {
		return event{}, false
	}
	e := h.queue[best]
	h.queue = append(h.queue[:best], h.queue[best+1:]...)
	return e, true
}

func (h *host) NetSend(delay, flag float64) {
	h.push(event{t: h.now + delay, flag: flag, source: -1})
	if flag == 1 {
		h.move = h.seq
	}
}

func (h *host) NetSendAt(t, flag float64) { h.NetSend(0, flag); h.queue[len(h.queue)-1].t = t }

func (h *host) NetEvent(t float64) { h.out = append(h.out, t) }

func (h *host) NetMove(t float64) {
	for i := range h.queue {
		if h.queue[i].seq == h.move {
			h.queue[i].t = t
		}
	}
}

// bench runs one instance of a mechanism with the reference executor.
type bench struct {
	t    *testing.T
	m    *program.Mechanism
	in   *program.Instance
	ext  []float64
	host *host
}

func newBench(t *testing.T, m *program.Mechanism, r recording) *bench {
	b := &bench{t: t, m: m, ext: make([]float64, len(m.Exts)), host: &host{}}
	in := &program.Instance{Host: b.host, Args: []float64{0}}
	for _, c := range m.Columns {
		in.Columns = append(in.Columns, c.Default)
	}
	for _, g := range m.Globals {
		in.Globals = append(in.Globals, g.Default)
	}
	in.Globals[program.GlobDt] = r.Dt
	in.Globals[program.GlobCelsius] = r.Celsius
	for i := range b.ext {
		in.Exts = append(in.Exts, &b.ext[i])
	}
	b.in = in
	b.prepare(r)
	for i := range m.Tables {
		d, err := program.BuildTableFor(m, i, in.Globals, in.Columns)
		if err != nil {
			t.Fatal(err)
		}
		in.Tables = append(in.Tables, *d)
	}
	if m.Curves != nil {
		var err error
		if in.Curves, err = program.FitCurves(m, in.Globals); err != nil {
			t.Fatal(err)
		}
	}
	b.set(program.NodeArea, "", r.Area)
	b.set(program.NodeDiam, "", r.Diam)
	return b
}

func (b *bench) set(kind program.ExtKind, ion string, x float64) {
	for i, e := range b.m.Exts {
		if e.Kind == kind && e.Ion == ion {
			b.ext[i] = x
		}
	}
}

func (b *bench) run(e program.Entry) {
	b.t.Helper()
	for _, c := range []*program.Code{e.Vector, e.Scalar} {
		if c == nil {
			continue
		}
		if err := program.Run(c, b.m, b.in); err != nil {
			b.t.Fatal(err)
		}
	}
}

// ionName is NEURON's name of an ion's variable.
func ionName(e program.Ext) string {
	switch e.Kind {
	case program.IonE:
		return "e" + e.Ion
	case program.IonI:
		return "i" + e.Ion
	case program.IonXi:
		return e.Ion + "i"
	case program.IonXo:
		return e.Ion + "o"
	}
	return ""
}

// writes tells which data of the node the mechanism stores.
func writes(m *program.Mechanism) map[int32]bool {
	w := map[int32]bool{}
	for _, e := range []program.Entry{m.Init, m.Cur, m.State, m.NetReceive} {
		for _, c := range []*program.Code{e.Vector, e.Scalar} {
			if c != nil {
				for _, i := range c.Instrs {
					if i.Dst.Kind == program.ExtRef {
						w[i.Dst.Idx] = true
					}
				}
			}
		}
	}
	return w
}

// diffs collects what differs.
type diffs struct {
	compared int
	text     map[string]string
	count    map[string]int
}

func (d *diffs) check(name string, step int, got, want float64) {
	d.compared++
	if math.Float64bits(got) == math.Float64bits(want) {
		return
	}
	if d.count[name]++; d.count[name] == 1 {
		ulp := math.Abs(got-want) / math.Abs(math.Nextafter(want, math.Inf(1))-want)
		d.text[name] = fmt.Sprintf("step %d: %v, NEURON has %v (%g ulp)", step, got, want, ulp)
	}
}

func compare(t *testing.T, file string, r recording) {
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("no source for %s", r.Name)
	}
	m := compileFile(t, file, lower.Options{NoTable: r.UseTable != nil && !*r.UseTable})
	if len(m.Unsupported) > 0 {
		t.Fatalf("unsupported: %v", m.Unsupported)
	}
	d := &diffs{text: map[string]string{}, count: map[string]int{}}
	if r.Kind == "artificial" {
		compareArtificial(t, m, r, d)
	} else {
		b := compareMechanism(t, m, r, d)
		if len(m.Weights) == 0 {
			b.compareFree(r, d)
		}
	}
	if d.compared == 0 {
		t.Error("nothing was compared")
	}
	for name, text := range d.text {
		t.Errorf("%s: %d of %d values differ; first %s", name, d.count[name], len(r.Values["t"]), text)
	}
	t.Logf("%d values compared", d.compared)
}

func (b *bench) sample(r recording, step int, d *diffs) {
	for i, c := range b.m.Columns {
		name := c.Name
		if c.Size > 0 {
			name = fmt.Sprintf("%s[%d]", c.Name, c.Element)
		}
		if want, ok := r.Values[name]; ok {
			d.check(name, step, b.in.Columns[i], want[step])
		}
	}
}

func compareMechanism(t *testing.T, m *program.Mechanism, r recording, d *diffs) *bench {
	b := newBench(t, m, r)
	own := writes(m)
	// The ions as others leave them; what this mechanism writes is its own business.
	ions := func(conc, rest int) {
		for i, e := range m.Exts {
			name := ionName(e)
			if name == "" {
				continue
			}
			at := rest
			if e.Kind == program.IonXi || e.Kind == program.IonXo {
				at = conc
			}
			if own[int32(i)] {
				continue
			}
			if v, ok := r.Values["ion:"+name]; ok {
				b.ext[i] = v[at]
			}
		}
	}
	checkIons := func(step int) {
		for i, e := range m.Exts {
			if own[int32(i)] && ionName(e) != "" && (r.Beside == nil || e.Kind != program.IonI) {
				d.check("ion:"+ionName(e), step, b.ext[i], r.Values["ion:"+ionName(e)][step])
			}
		}
	}
	cur := func() {
		for i, e := range m.Exts {
			if own[int32(i)] && (e.Kind == program.IonI || e.Kind == program.NodeRHS || e.Kind == program.NodeD) {
				b.ext[i] = 0
			}
		}
		b.run(m.Cur)
	}
	glob := b.in.Globals
	b.set(program.NodeV, "", r.Wave[0])
	ions(0, 0)
	b.concentrations(own)
	glob[program.GlobT] = 0
	b.run(m.Init)
	b.run(m.Prepare)
	b.in.Weights = append([]float64(nil), r.Weight...)
	if !m.NetInit.Empty() {
		b.run(m.NetInit)
	}
	cur()
	b.sample(r, 0, d)
	checkIons(0)
	now := 0.0
	next := 0
	deliver := func(until float64) {
		for next < len(r.Events) && r.Events[next]+r.Delay <= until {
			b.host.push(event{t: r.Events[next] + r.Delay})
			next++
		}
		for {
			e, ok := b.host.pop(until)
			if !ok {
				return
			}
			b.deliver(e)
		}
	}
	for step := 1; step < len(r.Values["t"]); step++ {
		b.set(program.NodeV, "", r.Wave[step])
		ions(step-1, step)
		deliver(now + r.Dt/2)
		now += r.Dt / 2
		glob[program.GlobT] = now
		cur()
		now += r.Dt / 2
		glob[program.GlobT] = now
		if math.Float64bits(now) != math.Float64bits(r.Values["t"][step]) {
			t.Fatalf("t is %v, NEURON's %v", now, r.Values["t"][step])
		}
		b.set(program.NodeV, "", r.Values["v"][step])
		// Mechanisms that write concentrations ran before this one.
		ions(step, step)
		for i, e := range m.Exts {
			if e.Kind == program.IonI {
				if r.Beside == nil && own[int32(i)] {
					continue
				}
				b.ext[i] = r.Values["ion:"+ionName(e)][step]
			}
		}
		b.run(m.State)
		deliver(now)
		b.sample(r, step, d)
		checkIons(step)
	}
	return b
}

// concentrations sets those that the mechanism writes to NEURON's defaults (membdef.h), as finitialize does.
func (b *bench) concentrations(own map[int32]bool) {
	defaults := map[string][2]float64{"na": {10, 140}, "k": {54.4, 2.5}, "ca": {5e-5, 2}}
	for i, e := range b.m.Exts {
		d, ok := defaults[e.Ion]
		if !ok {
			d = [2]float64{1, 1}
		}
		switch {
		case own[int32(i)] && e.Kind == program.IonXi:
			b.ext[i] = d[0]
		case own[int32(i)] && e.Kind == program.IonXo:
			b.ext[i] = d[1]
		}
	}
}

// compareFree lets v run in one compartment of 1 uF/cm2: what Cur adds to rhs and d must be NEURON's, too. The
// instance is the one that ran before, since ASSIGNED variables survive finitialize.
func (b *bench) compareFree(r recording, d *diffs) {
	m := b.m
	read := func(kind program.ExtKind) float64 {
		for i, e := range m.Exts {
			if e.Kind == kind {
				return b.ext[i]
			}
		}
		return 0
	}
	v := -70.0
	b.set(program.NodeV, "", v)
	for i, e := range m.Exts {
		if x, ok := r.Values["ion:"+ionName(e)]; ok {
			b.ext[i] = x[0]
		}
	}
	b.in.Globals[program.GlobT] = 0
	b.concentrations(writes(m))
	b.run(m.Init)
	b.run(m.Prepare)
	b.run(m.Cur)
	now := 0.0
	for step, want := range r.Free {
		now += r.Dt / 2
		b.in.Globals[program.GlobT] = now
		for i, e := range m.Exts {
			if e.Kind == program.IonI || e.Kind == program.NodeRHS || e.Kind == program.NodeD {
				b.ext[i] = 0
			}
		}
		b.run(m.Cur)
		now += r.Dt / 2
		b.in.Globals[program.GlobT] = now
		cj := 1 / r.Dt
		v += read(program.NodeRHS) / (read(program.NodeD) + 0.001*cj*1)
		b.set(program.NodeV, "", v)
		b.run(m.State)
		d.check("free v", step, v, want)
	}
}

func (b *bench) deliver(e event) {
	b.host.now = e.t
	b.in.Globals[program.GlobT] = e.t
	b.in.Args[0] = e.flag
	b.run(b.m.NetReceive)
}

func compareArtificial(t *testing.T, m *program.Mechanism, r recording, d *diffs) {
	b := newBench(t, m, r)
	b.run(m.Init)
	b.run(m.Prepare)
	b.sample(r, 0, d)
	for k, s := range r.Sources {
		for _, te := range s.Events {
			b.host.push(event{t: te + r.Delay, source: k})
		}
	}
	weights := make([][]float64, len(r.Sources))
	for k, s := range r.Sources {
		weights[k] = make([]float64, len(m.Weights))
		weights[k][0] = s.Weight
		if !m.NetInit.Empty() {
			b.in.Weights = weights[k]
			b.run(m.NetInit)
		}
	}
	now := 0.0
	spent := make([]float64, len(m.Weights)+1)
	deliver := func(until float64) {
		for {
			e, ok := b.host.pop(until)
			if !ok {
				return
			}
			b.in.Weights = spent
			if e.source >= 0 {
				b.in.Weights = weights[e.source]
			}
			b.deliver(e)
		}
	}
	for step := 1; step < len(r.Values["t"]); step++ {
		deliver(now + r.Dt/2)
		now += r.Dt / 2
		now += r.Dt / 2
		deliver(now)
		b.sample(r, step, d)
	}
	if len(b.host.out) != len(r.Spikes) {
		t.Fatalf("%d spikes, NEURON has %d", len(b.host.out), len(r.Spikes))
	}
	for i, s := range r.Spikes {
		d.check("spike", i, b.host.out[i], s)
	}
}

// TestNeuronTestdata compares the files of testdata/neuron, one for each family of constructs, with what NEURON
// computed from them.
func TestNeuronTestdata(t *testing.T) {
	path := filepath.Join("..", "..", "validation", "mechanisms", "reference", "testdata.json.gz")
	for _, r := range readRecordings(t, path) {
		file := filepath.Join("testdata", "neuron", r.Name+".mod")
		t.Run(r.Name+tableName(r), func(t *testing.T) { compare(t, file, r) })
	}
}
