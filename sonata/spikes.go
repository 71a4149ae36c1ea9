package sonata

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"netsim/internal/h5"
)

// SpikePopulation is the spikes of one population.
type SpikePopulation struct {
	Name       string // "" in the old flat layout and in csv files without a population column
	Timestamps []float64
	NodeIDs    []uint64
	Sorting    SpikeOrder // as the file says; SortNone when it says nothing
	Units      string     // attribute units of timestamps; "" when absent
}

// SpikeOrder is the order of a spikes file.
type SpikeOrder int

// The orders, with the values of SONATA's enumeration.
const (
	SortNone   SpikeOrder = 0 // as given
	SortByID   SpikeOrder = 1 // by node id, then time
	SortByTime SpikeOrder = 2 // by time, then node id
)

// String returns SONATA's word: "none", "by_id" or "by_time".
func (o SpikeOrder) String() string {
	if o < 0 || int(o) >= len(spikeOrders) {
		return fmt.Sprintf("SpikeOrder(%d)", int(o))
	}
	return spikeOrders[o]
}

var spikeOrders = [...]string{"none", "by_id", "by_time"}

// ParseSpikeOrder understands the words of spikes_sort_order: time, by_time;
// id, by_id, node_id, gid; none, na, "".
func ParseSpikeOrder(word string) (SpikeOrder, error) {
	switch word {
	case "time", "by_time":
		return SortByTime, nil
	case "id", "by_id", "node_id", "gid":
		return SortByID, nil
	case "none", "na", "":
		return SortNone, nil
	}
	return SortNone, fmt.Errorf("unknown order of spikes %q; known are time, by_time, id, by_id, node_id, gid, none, na", word)
}

// ReadSpikes reads a spikes file, SONATA HDF5 or csv, told apart by content.
// Populations of HDF5 files come in alphabetical order, those of csv files in
// order of first appearance.
func ReadSpikes(path string) ([]SpikePopulation, error) {
	f, err := h5.Open(path)
	if errors.Is(err, h5.ErrNotHDF5) {
		return readSpikesCSV(path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const root = "/spikes"
	names, err := populations(f, root)
	if err != nil {
		return nil, err
	}
	var out []SpikePopulation
	for _, n := range names {
		p, err := readSpikePopulation(f, n, root+"/"+n)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	if len(out) == 0 && (f.Exists(root+"/timestamps") || f.Exists(root+"/gids")) {
		p, err := readSpikePopulation(f, "", root)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func readSpikePopulation(f *h5.File, name, path string) (SpikePopulation, error) {
	p := SpikePopulation{Name: name}
	ids, times := path+"/node_ids", path+"/timestamps"
	if !f.Exists(ids) && f.Exists(path+"/gids") {
		ids = path + "/gids"
	}
	if !f.Exists(ids) && !f.Exists(times) {
		if children, err := f.Children(path); err != nil || len(children) == 0 {
			return p, err // a population without spikes
		}
	}
	var err error
	if p.Timestamps, err = f.ReadFloat64(times); err != nil {
		return p, err
	}
	if p.NodeIDs, err = f.ReadUint64(ids); err != nil {
		return p, err
	}
	if len(p.Timestamps) != len(p.NodeIDs) {
		return p, fmt.Errorf("could not read spikes of %s: %s has %d rows, %s has %d", f.Path(), times, len(p.Timestamps), ids, len(p.NodeIDs))
	}
	if f.HasAttribute(times, "units") {
		if p.Units, err = f.AttributeString(times, "units"); err != nil {
			return p, err
		}
	}
	for _, object := range []string{ids, path} {
		if f.HasAttribute(object, "sorting") {
			p.Sorting = readSorting(f, object)
			break
		}
	}
	return p, nil
}

// readSorting understands the attribute as a string, an enumeration or a number.
func readSorting(f *h5.File, object string) SpikeOrder {
	if word, err := f.AttributeString(object, "sorting"); err == nil {
		order, _ := ParseSpikeOrder(word)
		return order
	}
	if n, err := h5.ReadAttribute[int64](f, object, "sorting"); err == nil && len(n) == 1 && n[0] >= 0 && n[0] < int64(len(spikeOrders)) {
		return SpikeOrder(n[0])
	}
	return SortNone
}

// writeHeader sets the attributes that every SONATA file carries at its root.
func writeHeader(f *h5.File) error {
	if err := h5.WriteAttribute(f, "/", "magic", uint32(0x0A7A)); err != nil {
		return err
	}
	return h5.WriteAttributeArray(f, "/", "version", []uint32{0, 1})
}

// WriteSpikesH5 writes a SONATA spikes file. The spikes of each population are
// put in the order asked for (ties in time go by node id, so the file does not
// depend on who found a spike first); pops itself is not changed. compression
// is a gzip level, 0 for none. Populations without spikes get no group, as in
// BMTK. The same spikes give the same bytes.
//
// The readers disagree on the attribute "sorting": libsonata (and bluepysnap,
// built on it) reads it from the population's group and fails unless it is an
// enumeration; BMTK understands only a string, which it looks for on node_ids
// first. So the group carries the enumeration {none 0, by_id 1, by_time 2} and
// node_ids the string; all three then know the order. node_ids are uint64, the
// standard's type, where BMTK writes int64; all three read both.
func WriteSpikesH5(path string, pops []SpikePopulation, order SpikeOrder, compression int) error {
	sorted, err := sortedPopulations(pops, order)
	if err != nil {
		return fmt.Errorf("could not write spikes to %s: %w", path, err)
	}
	f, err := h5.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := writeHeader(f); err != nil {
		return err
	}
	if err := f.CreateGroup("/spikes"); err != nil {
		return err
	}
	for _, p := range sorted {
		if len(p.NodeIDs) == 0 {
			continue
		}
		if err := writeSpikePopulation(f, p, order, compression); err != nil {
			return err
		}
	}
	return f.Close()
}

func writeSpikePopulation(f *h5.File, p SpikePopulation, order SpikeOrder, compression int) error {
	group := "/spikes/" + p.Name
	if err := f.CreateGroup(group); err != nil {
		return err
	}
	members := make([]h5.EnumMember, len(spikeOrders))
	for k, word := range spikeOrders {
		members[k] = h5.EnumMember{Name: word, Value: uint8(k)}
	}
	if err := f.WriteAttributeEnum(group, "sorting", members, uint8(order)); err != nil {
		return err
	}
	var l h5.Layout
	if compression > 0 {
		l = h5.Layout{Chunk: []int{min(len(p.NodeIDs), 1<<16)}, Gzip: compression}
	}
	if err := h5.WriteArray(f, group+"/timestamps", p.Timestamps, nil, l); err != nil {
		return err
	}
	units := p.Units
	if units == "" {
		units = "ms"
	}
	if err := f.WriteAttributeString(group+"/timestamps", "units", units); err != nil {
		return err
	}
	if err := h5.WriteArray(f, group+"/node_ids", p.NodeIDs, nil, l); err != nil {
		return err
	}
	return f.WriteAttributeString(group+"/node_ids", "sorting", order.String())
}

// sortedPopulations returns the populations by name, their spikes in order.
func sortedPopulations(pops []SpikePopulation, order SpikeOrder) ([]SpikePopulation, error) {
	if order < SortNone || order > SortByTime {
		return nil, fmt.Errorf("unknown order %v", order)
	}
	out := slices.Clone(pops)
	slices.SortStableFunc(out, func(a, b SpikePopulation) int { return cmp.Compare(a.Name, b.Name) })
	for k := range out {
		p := &out[k]
		if err := checkPopulationName(p.Name); err != nil {
			return nil, err
		}
		if k > 0 && p.Name == out[k-1].Name {
			return nil, fmt.Errorf("population %q is given twice", p.Name)
		}
		if len(p.Timestamps) != len(p.NodeIDs) {
			return nil, fmt.Errorf("population %q has %d timestamps and %d node ids", p.Name, len(p.Timestamps), len(p.NodeIDs))
		}
		p.Timestamps, p.NodeIDs = sortSpikes(p.Timestamps, p.NodeIDs, order)
	}
	return out, nil
}

// checkPopulationName refuses what cannot be the name of an HDF5 group.
func checkPopulationName(name string) error {
	switch {
	case name == "":
		return errors.New("a population has no name")
	case name == "." || strings.ContainsAny(name, "/\x00"):
		return fmt.Errorf("population %q: the name holds a slash or a NUL", name)
	}
	return nil
}

type spike struct {
	t  float64
	id uint64
}

func sortSpikes(times []float64, ids []uint64, order SpikeOrder) ([]float64, []uint64) {
	if order == SortNone {
		return times, ids
	}
	all := make([]spike, len(times))
	for i := range all {
		all[i] = spike{times[i], ids[i]}
	}
	slices.SortStableFunc(all, func(a, b spike) int {
		if order == SortByID {
			return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.t, b.t))
		}
		return cmp.Or(cmp.Compare(a.t, b.t), cmp.Compare(a.id, b.id))
	})
	times, ids = make([]float64, len(all)), make([]uint64, len(all))
	for i, s := range all {
		times[i], ids[i] = s.t, s.id
	}
	return times, ids
}
