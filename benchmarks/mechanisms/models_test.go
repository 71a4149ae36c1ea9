package mechanisms

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// tree makes empty files below a new folder.
func tree(t *testing.T, files ...string) string {
	dir := t.TempDir()
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	// The same name elsewhere is another mechanism.
	dir := tree(t, "lib/"+allen+"SK.mod", "lib/"+allen+"CaDynamics.mod", "x/dbbs_catalogue/mods/arbor/AMPA__0.mod", "x/"+dbbs+"AMPA__0.mod")
	found, err := Find([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"SK": "lib/" + allen + "SK.mod", "CaDynamics": "lib/" + allen + "CaDynamics.mod", "glia__dbbs__AMPA__0": "x/" + dbbs + "AMPA__0.mod"}
	if len(found) != len(want) {
		t.Errorf("found %v", found)
	}
	for name, path := range want {
		if found[name] != filepath.Join(dir, filepath.FromSlash(path)) {
			t.Errorf("%s is %s", name, found[name])
		}
	}
	if _, err := Find([]string{filepath.Join(dir, "none")}); err == nil {
		t.Error("no error for a folder that is not there")
	}
}

func TestModels(t *testing.T) {
	paths := map[string]string{HHExact: "hhexact.mod"}
	for name, file := range beside {
		paths[name] = file
	}
	for _, m := range List {
		paths[m.Name] = m.File + "."
	}
	for _, m := range List {
		with, without, missing := m.Models(paths)
		if missing != "" {
			t.Fatalf("%s: %s is missing", m.Name, missing)
		}
		if n := with.Compartments(); n != Instances || without.Compartments() != n {
			t.Errorf("%s: %d compartments", m.Name, n)
		}
		count := 0
		switch inserted := with.Cells[0].Sections[7].Insert; m.Kind {
		case Density:
			count = Instances
			if !slices.Equal(inserted, append(slices.Clone(m.Beside), m.Name)) || !slices.Equal(without.Cells[0].Sections[7].Insert, m.Beside) {
				t.Errorf("%s: %v is inserted", m.Name, inserted)
			}
		case Point:
			count = len(with.Cells[0].Points) - len(without.Cells[0].Points)
			if last := with.Cells[0].Points[len(with.Cells[0].Points)-1]; last.Section != 24 || last.Segment != 79 || last.Inputs[0].Source != -11 {
				t.Errorf("%s: the last is %+v", m.Name, last)
			}
		case Artificial:
			count = len(with.Artificials)
		}
		if count != Instances {
			t.Errorf("%s: %d instances", m.Name, count)
		}
		for _, train := range with.Trains {
			if last := train.Start + float64(train.Number-1)*train.Interval; last > m.TStop || last+train.Interval < m.TStop {
				t.Errorf("%s: the train %+v ends at %g, the run at %g", m.Name, train, last, m.TStop)
			}
		}
	}
	sk := slices.IndexFunc(List, func(m Mechanism) bool { return m.Name == "SK" })
	delete(paths, "CaDynamics")
	if _, _, missing := List[sk].Models(paths); missing != "CaDynamics" {
		t.Errorf("missing: %q", missing)
	}
}

func TestInCore(t *testing.T) {
	if InCore("x/NaV.mod") || !InCore("x/SK.mod") || !InCore("x/hhexact.mod") {
		t.Error("NaV, or not SK and hhexact, are for CoreNEURON")
	}
}
