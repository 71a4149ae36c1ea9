package sonata

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/internal/h5"
)

// sharedCircuit returns a file of the example circuits, which are not part of
// the repository; the test is skipped when they are absent.
func sharedCircuit(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("NETSIM_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	path := filepath.Join(root, "data", "allen", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the example circuits are not here (set NETSIM_SHARED): %v", err)
	}
	return path
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// wantError checks that err names everything in parts.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; wanted one with %q", parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}

func writeText(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	check(t, os.WriteFile(path, []byte(text), 0o666))
	return path
}

// a tree describes the content of an h5 file: datasets by path, groups by a
// path with a trailing slash, attributes by object%name.
type tree map[string]any

func (c tree) with(path string, v any) tree {
	out := tree{}
	for k, v := range c {
		out[k] = v
	}
	if v == nil {
		delete(out, path)
	} else {
		out[path] = v
	}
	return out
}

func (c tree) write(t testing.TB) string {
	t.Helper()
	f, err := h5.Create(filepath.Join(t.TempDir(), "x.h5"))
	check(t, err)
	defer f.Close()
	paths := make([]string, 0, len(c))
	for p := range c {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		object, attr, isAttr := strings.Cut(p, "%")
		if isAttr {
			defer func() {
				if f.Exists(object) {
					check(t, f.WriteAttributeString(object, attr, c[p].(string)))
				}
			}()
			continue
		}
		if dir := p[:strings.LastIndex(p, "/")]; dir != "" && !f.Exists(dir) {
			check(t, f.CreateGroup(dir))
		}
		var err error
		switch v := c[p].(type) {
		case []int64:
			err = h5.WriteArray(f, p, v, nil, h5.Layout{})
		case []uint64:
			err = h5.WriteArray(f, p, v, nil, h5.Layout{})
		case []uint32:
			err = h5.WriteArray(f, p, v, nil, h5.Layout{})
		case []float64:
			err = h5.WriteArray(f, p, v, nil, h5.Layout{})
		case []float32:
			err = h5.WriteArray(f, p, v, nil, h5.Layout{})
		case [][2]int64:
			flat := make([]int64, 0, 2*len(v))
			for _, r := range v {
				flat = append(flat, r[0], r[1])
			}
			err = h5.WriteArray(f, p, flat, []int{len(v), 2}, h5.Layout{})
		case [][3]float64:
			flat := make([]float64, 0, 3*len(v))
			for _, r := range v {
				flat = append(flat, r[:]...)
			}
			err = h5.WriteArray(f, p, flat, []int{len(v), 3}, h5.Layout{})
		case []string:
			err = f.WriteStrings(p, v)
		case stored:
			err = v.write(f, p)
		case struct{}:
		default:
			t.Fatalf("%s: %T", p, v)
		}
		check(t, err)
	}
	return f.Path()
}

func TestTypeTable(t *testing.T) {
	path := writeText(t, "node_types.csv", "\ufeffnode_type_id name w n \"two words\" flag mixed odd\r\n"+
		"100 \"a b\" 0.5 1 NULL True 1 \"say \"\"hi\"\"\"\r\n"+
		"\r\n"+
		"101 NONE 1e-3 NULL x False a ei=='e'&pop==\"x\"\r\n"+
		"-7 \"['basal', 'apical']\" nan 3 None True\r\n")
	tab, err := ReadTypes(path, "node_type_id")
	check(t, err)
	same(t, "columns", tab.Columns(), []string{"node_type_id", "name", "w", "n", "two words", "flag", "mixed", "odd"})
	same(t, "ids", tab.IDs(), []int64{100, 101, -7})
	for _, c := range []struct {
		id     int64
		column string
		want   Value
	}{
		{100, "node_type_id", IntValue(100)},
		{100, "name", StringValue("a b")},
		{101, "name", Value{}},
		{-7, "name", StringValue("['basal', 'apical']")},
		{100, "w", FloatValue(0.5)},
		{101, "w", FloatValue(1e-3)},
		{-7, "w", Value{}},
		{100, "n", IntValue(1)},
		{101, "n", Value{}},
		{101, "two words", StringValue("x")},
		{100, "flag", IntValue(1)},
		{101, "flag", IntValue(0)},
		{100, "mixed", StringValue("1")},
		{-7, "mixed", Value{}},
		{100, "odd", StringValue(`say "hi"`)},
		{101, "odd", StringValue(`ei=='e'&pop=="x"`)},
	} {
		if got, ok := tab.Lookup(c.id, c.column); !ok || got != c.want {
			t.Errorf("%d %s: got %+v %v, want %+v", c.id, c.column, got, ok, c.want)
		}
	}
	if _, ok := tab.Lookup(1, "name"); ok {
		t.Error("found type 1")
	}
	if _, ok := tab.Lookup(100, "nope"); ok {
		t.Error("found column nope")
	}
	var none *TypeTable
	if none.HasColumn("x") || none.Has(1) {
		t.Error("a nil table has something")
	}
}

func TestValue(t *testing.T) {
	for _, c := range []struct {
		v    Value
		f    float64
		i    int64
		isF  bool
		isI  bool
		isS  bool
		text string
	}{
		{v: Value{}},
		{v: StringValue("x"), isS: true, text: "x"},
		{v: FloatValue(2), f: 2, i: 2, isF: true, isI: true, text: "2"},
		{v: FloatValue(2.5), f: 2.5, isF: true, text: "2.5"},
		{v: FloatValue(1e300), f: 1e300, isF: true, text: "1e+300"},
		{v: IntValue(-3), f: -3, i: -3, isF: true, isI: true, text: "-3"},
	} {
		f, isF := c.v.Float()
		i, isI := c.v.Int()
		_, isS := c.v.String()
		if f != c.f || i != c.i || isF != c.isF || isI != c.isI || isS != c.isS || c.v.Text() != c.text {
			t.Errorf("%+v: %v %v %v %v %v %q", c.v, f, isF, i, isI, isS, c.v.Text())
		}
	}
}

func TestBadTypeTables(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "empty",
		"a b\n1 2\n":                           `no column "edge_type_id"; columns are a, b`,
		"edge_type_id x\n1 2\n\n1 3\n":         "line 4: edge_type_id 1 occurs already in line 2",
		"edge_type_id x\n1 2 3\n":              "line 2 has 3 cells, the header 2",
		"edge_type_id x\nfoo 2\n":              `line 2: edge_type_id "foo" is not an integer`,
		"edge_type_id x\n\"1 2\n":              "line 2: a quote is not closed",
		"edge_type_id x x\n1 2 3\n":            `column "x" occurs twice`,
		"edge_type_id x\n1 2\n1.5 2\n":         `line 3: edge_type_id "1.5"`,
		"edge_type_id x\n1 \"a\nb\"\nNULL 2\n": "line 4",
	} {
		path := writeText(t, "types.csv", text)
		_, err := ReadTypes(path, "edge_type_id")
		wantError(t, err, path, want)
	}
	if _, err := ReadTypes(filepath.Join(t.TempDir(), "nope.csv"), "edge_type_id"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	tab, err := ReadTypes(writeText(t, "types.csv", "edge_type_id x \n1 2 \n"), "edge_type_id")
	check(t, err)
	same(t, "trailing spaces", tab.Columns(), []string{"edge_type_id", "x"})
}

var goodNodes = tree{
	"/nodes/p/node_id":          []uint64{7, 3, 0},
	"/nodes/p/node_type_id":     []uint32{100, 101, 100},
	"/nodes/p/node_group_id":    []int64{0, 1, 0},
	"/nodes/p/node_group_index": []int64{1, 0, 0},
	"/nodes/p/0/positions":      [][3]float64{{1, 2, 3}, {4, 5, 6}},
	"/nodes/p/0/angle":          []float32{0.5, 1.5},
	"/nodes/p/1/x":              []float64{9},
	"/nodes/p/1/name":           []string{"own"},
	"/nodes/p/1/code":           []int64{1},
	"/nodes/p/1/@library/code":  []string{"zero", "one"},
	"/nodes/a/node_type_id":     []int64{100, 100},
	"/nodes/a/0/":               struct{}{},
}

const nodeTypes = "node_type_id name y angle\n100 n0 0.25 7\n101 n1 0.75 NULL\n"

func TestNodes(t *testing.T) {
	pops, err := OpenNodes(goodNodes.write(t), writeText(t, "types.csv", nodeTypes))
	check(t, err)
	if len(pops) != 2 || pops[0].Name != "a" || pops[1].Name != "p" {
		t.Fatalf("populations: %v", pops)
	}
	a, p := pops[0], pops[1]
	same(t, "ids of a", a.NodeID, []uint64{0, 1})
	same(t, "group indices of a", a.GroupIndex, []int64{0, 1})
	if a.Position(1) != [3]float64{0, 0.25, 0} {
		t.Errorf("position from the types table: %v", a.Position(1))
	}
	if p.Len() != 3 || p.MaxID() != 7 {
		t.Errorf("%d nodes up to %d", p.Len(), p.MaxID())
	}
	for id, row := range map[uint64]int{7: 0, 3: 1, 0: 2} {
		if r, ok := p.RowOf(id); !ok || r != row {
			t.Errorf("row of %d: %d %v", id, r, ok)
		}
	}
	for _, id := range []uint64{1, math.MaxUint64} {
		_, ok := p.RowOf(id)
		_, ok2 := a.RowOf(id + 1)
		if ok || ok2 && id != math.MaxUint64 {
			t.Errorf("found node %d", id)
		}
	}
	if p.Position(0) != [3]float64{4, 5, 6} || p.Position(1) != [3]float64{9, 0.75, 0} || p.Position(2) != [3]float64{1, 2, 3} {
		t.Errorf("positions: %v %v %v", p.Position(0), p.Position(1), p.Position(2))
	}
	for _, c := range []struct {
		row    int
		column string
		want   Value
		ok     bool
	}{
		{0, "angle", FloatValue(1.5), true},
		{1, "angle", Value{}, true},
		{0, "name", StringValue("n0"), true},
		{1, "name", StringValue("own"), true},
		{1, "code", StringValue("one"), true},
		{0, "x", Value{}, false},
		{0, "nope", Value{}, false},
		{0, "positions", Value{}, false},
	} {
		if v, ok := p.Attr(c.row, c.column); v != c.want || ok != c.ok {
			t.Errorf("row %d, %s: %+v %v", c.row, c.column, v, ok)
		}
	}
	same(t, "groups", p.Groups(), []int64{0, 1})
	same(t, "columns", p.Columns(0), []string{"angle", "positions"})
	if !p.HasColumn(0, "y") || !p.HasColumn(1, "x") || p.HasColumn(0, "x") || p.HasColumn(5, "x") {
		t.Error("HasColumn")
	}
	x, ok := p.Floats("x")
	if !ok || !math.IsNaN(x[0]) || x[1] != 9 {
		t.Errorf("x: %v %v", x, ok)
	}
	check(t, p.Load("positions", "angle", "nope"))
}

func TestBadNodes(t *testing.T) {
	types := writeText(t, "types.csv", nodeTypes)
	for _, c := range []struct {
		path string
		v    any
		want string
	}{
		{"/nodes/p/node_type_id", nil, "/nodes/p/node_type_id: does not exist"},
		{"/nodes/p/node_group_id", nil, "/nodes/p/node_group_id: does not exist"},
		{"/nodes/p/node_type_id", []int64{100, 55, 100}, "/nodes/p/node_type_id: row 1: type 55 is not in "},
		{"/nodes/p/node_type_id", []int64{100, 101}, "has 3 rows, node_type_id has 2"},
		{"/nodes/p/node_type_id", []float64{100, 101, 100}, "/nodes/p/node_type_id: wrong type: floats"},
		{"/nodes/p/node_id", []uint64{7, 3, 7}, "/nodes/p/node_id: row 2: id 7 occurs already in row 0"},
		{"/nodes/p/node_id", []int64{7, -3, 0}, "/nodes/p/node_id: wrong type: row 1"},
		{"/nodes/p/node_group_id", []int64{0, 1, 4}, "/nodes/p/node_group_id: row 2: there is no group 4"},
		{"/nodes/p/node_group_index", []int64{1, 1, 0}, "/nodes/p/node_group_index: row 1: index 1, but group 1 has 1 rows"},
		{"/nodes/p/node_group_index", []int64{1, 0, -1}, "row 2: index -1"},
		{"/nodes/p/0/angle", []float64{1}, "/nodes/p/0/positions has 2 rows, /nodes/p/0/angle has 1"},
	} {
		path := goodNodes.with(c.path, c.v).write(t)
		_, err := OpenNodes(path, types)
		wantError(t, err, path, c.want)
	}
	edges := goodEdges.write(t)
	_, err := OpenNodes(edges, types)
	wantError(t, err, edges, "/nodes: does not exist")
	path := goodNodes.with("/nodes/p/1/code", []int64{2}).write(t)
	pops, err := OpenNodes(path, types)
	check(t, err)
	wantError(t, pops[1].Load("code"), "/nodes/p/1/code: value 2, but /nodes/p/1/@library/code has 2 entries")
}

func TestExampleNodes(t *testing.T) {
	dir := sharedCircuit(t, "bio_14cells/network")
	pops, err := OpenNodes(filepath.Join(dir, "v1_nodes.h5"), filepath.Join(dir, "v1_node_types.csv"))
	check(t, err)
	p := pops[0]
	if p.Name != "v1" || p.Len() != 14 || p.MaxID() != 13 {
		t.Fatalf("%s: %d nodes up to %d", p.Name, p.Len(), p.MaxID())
	}
	biophysical := 0
	for i := range p.NodeID {
		v, ok := p.Attr(i, "model_type")
		if s, isString := v.String(); ok && isString && s == "biophysical" {
			biophysical++
		}
		if _, ok := p.Attr(i, "rotation_angle_zaxis"); !ok {
			t.Error("no rotation")
		}
	}
	if biophysical != 10 {
		t.Errorf("%d biophysical cells", biophysical)
	}
}
