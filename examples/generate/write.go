package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"netsim/internal/h5"
	"netsim/rng"
	"netsim/sonata"
)

// container is an open SONATA file; the first error stays.
type container struct {
	f   *h5.File
	err error
}

func create(path string) *container {
	f, err := h5.Create(path)
	c := &container{f, err}
	if err == nil {
		c.do(h5.WriteAttribute(f, "/", "magic", uint32(0x0A7A)))
		c.do(h5.WriteAttributeArray(f, "/", "version", []uint32{0, 1}))
	}
	return c
}

func (c *container) do(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *container) groups(paths ...string) {
	for _, p := range paths {
		if c.err == nil {
			c.do(c.f.CreateGroup(p))
		}
	}
}

func put[T h5.Number](c *container, path string, data []T, shape ...int) {
	if shape == nil {
		shape = []int{len(data)}
	}
	if c.err == nil {
		c.do(h5.WriteArray(c.f, path, data, shape, h5.Layout{}))
	}
}

func (c *container) close() error {
	if c.f != nil {
		c.do(c.f.Close())
	}
	return c.err
}

func count[T uint8 | uint16 | uint32](n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = T(i)
	}
	return out
}

// writeCells writes the population cortex. Node type 100 + k is kind k.
func writeCells(folder string, cells []cell) error {
	n := len(cells)
	types, group := make([]uint32, n), make([]uint32, n)
	x, y, z := make([]float32, n), make([]float32, n), make([]float32, n)
	for i, c := range cells {
		types[i] = uint32(100 + c.kind)
		x[i], y[i], z[i] = float32(c.at.x), float32(c.at.y), float32(c.at.z)
	}
	f := create(filepath.Join(folder, "cortex_nodes.h5"))
	f.groups("/nodes", "/nodes/cortex", "/nodes/cortex/0")
	put(f, "/nodes/cortex/node_id", count[uint32](n))
	put(f, "/nodes/cortex/node_type_id", types)
	put(f, "/nodes/cortex/node_group_id", group)
	put(f, "/nodes/cortex/node_group_index", count[uint32](n))
	put(f, "/nodes/cortex/0/x", x)
	put(f, "/nodes/cortex/0/y", y)
	put(f, "/nodes/cortex/0/z", z)
	if err := f.close(); err != nil {
		return err
	}
	var csv bytes.Buffer
	csv.WriteString("node_type_id pop_name ei model_type model_template model_processing morphology dynamics_params\n")
	for k, c := range kinds {
		ei := "e"
		if c.inhibits {
			ei = "i"
		}
		fmt.Fprintf(&csv, "%d %s %s biophysical ctdb:Biophys1.hoc %s %s.swc %s.json\n", 100+k, c.name, ei, c.processing, c.name, c.name)
	}
	return os.WriteFile(filepath.Join(folder, "cortex_node_types.csv"), csv.Bytes(), 0o644)
}

// writeBackground writes the population background and its Poisson spikes.
func writeBackground(network, inputs string) error {
	const n = backgroundCells
	types, group := make([]uint32, n), make([]uint32, n)
	for i := range types {
		types[i] = 100
	}
	f := create(filepath.Join(network, "background_nodes.h5"))
	f.groups("/nodes", "/nodes/background", "/nodes/background/0")
	put(f, "/nodes/background/node_id", count[uint32](n))
	put(f, "/nodes/background/node_type_id", types)
	put(f, "/nodes/background/node_group_id", group)
	put(f, "/nodes/background/node_group_index", count[uint32](n))
	if err := f.close(); err != nil {
		return err
	}
	csv := "node_type_id pop_name model_type\n100 background virtual\n"
	if err := os.WriteFile(filepath.Join(network, "background_node_types.csv"), []byte(csv), 0o644); err != nil {
		return err
	}
	spikes := sonata.SpikePopulation{Name: "background"}
	random := rng.NewMT19937(4)
	for id := range n {
		for t := 0.0; ; {
			t += -math.Log(1-random.Float64()) * 1000 / backgroundRate
			if t >= duration {
				break
			}
			spikes.NodeIDs = append(spikes.NodeIDs, uint64(id))
			spikes.Timestamps = append(spikes.Timestamps, round(t))
		}
	}
	return sonata.WriteSpikesH5(filepath.Join(inputs, "background.h5"), []sonata.SpikePopulation{spikes}, sonata.SortByTime, 0)
}

// writeEdges writes one population of edges, sorted by target, with both indices.
func writeEdges(folder, source, target string, sources, targets int, e edges) error {
	n := len(e.list)
	src, dst, types := make([]uint32, n), make([]uint32, n), make([]uint32, n)
	nsyns, delay := make([]uint8, n), make([]float32, n)
	for i, x := range e.list {
		src[i], dst[i], types[i] = x.source, x.target, uint32(e.pathways[x.pathway].id)
		nsyns[i], delay[i] = x.nsyns, x.delay
	}
	name := source + "_" + target
	f := create(filepath.Join(folder, name+"_edges.h5"))
	root := "/edges/" + source + "_to_" + target
	f.groups("/edges", root, root+"/0", root+"/indices")
	put(f, root+"/source_node_id", src)
	put(f, root+"/target_node_id", dst)
	if f.err == nil {
		f.do(f.f.WriteAttributeString(root+"/source_node_id", "node_population", source))
		f.do(f.f.WriteAttributeString(root+"/target_node_id", "node_population", target))
	}
	put(f, root+"/edge_type_id", types)
	put(f, root+"/edge_group_id", make([]uint8, n))
	put(f, root+"/edge_group_index", count[uint32](n))
	put(f, root+"/0/nsyns", nsyns)
	put(f, root+"/0/delay", delay)
	index(f, root+"/indices/target_to_source", dst, targets)
	index(f, root+"/indices/source_to_target", src, sources)
	if err := f.close(); err != nil {
		return err
	}

	var csv bytes.Buffer
	csv.WriteString("edge_type_id target_query source_query syn_weight model_template dynamics_params target_sections distance_range\n")
	for _, p := range e.pathways {
		fmt.Fprintf(&csv, "%d pop_name=='%s' pop_name=='%s' %g %s %s \"%s\" \"%s\"\n",
			p.id, p.target, p.source, p.weight, p.receptor, p.params, p.sections, p.distance)
	}
	return os.WriteFile(filepath.Join(folder, name+"_edge_types.csv"), csv.Bytes(), 0o644)
}

// index writes SONATA's look-up of the edges of each node: node → ranges → edges.
func index(f *container, group string, node []uint32, nodes int) {
	rows := make([][]uint32, nodes)
	for edge, id := range node {
		rows[id] = append(rows[id], uint32(edge))
	}
	var ranges, edges []uint32
	for _, list := range rows {
		first := uint32(len(edges) / 2)
		for i := 0; i < len(list); {
			k := i + 1
			for k < len(list) && list[k] == list[k-1]+1 {
				k++
			}
			edges = append(edges, list[i], list[k-1]+1)
			i = k
		}
		ranges = append(ranges, first, uint32(len(edges)/2))
	}
	f.groups(group)
	put(f, group+"/node_id_to_range", ranges, nodes, 2)
	put(f, group+"/range_to_edge_id", edges, len(edges)/2, 2)
}
