// Package engine advances the cells of one rank by dt. It is given plain arrays (Network) and knows no files, no
// configuration and no MPI. The step is NEURON's fixed step (nrnoc/fadvance.cpp), operation by operation.
package engine

import "netsim/nmodl/program"

// Network is everything that the engine integrates on one rank. It is read by New and not changed.
type Network struct {
	Dt      float64 // ms
	Celsius float64 // degC
	VInit   float64 // mV

	Mechanisms []*program.Mechanism // in NEURON's mechanism order (nmodl.md: nrn_writes_conc); other fields index this
	Ions       []Ion

	Templates   []*Template
	Cells       []Cell       // cells with a tree
	Artificials []Artificial // ARTIFICIAL_CELLs
	Params      []ParamSet   // parameter settings that point processes and artificial cells share
	Points      []Point      // point processes in order of creation, as NEURON would create them
	NetCons     []NetCon     // in order of creation per target; the order breaks ties of equal event times

	Pointers       []PointerSet    // what POINTERs refer to
	FunctionTables []FunctionTable // values of FUNCTION_TABLEs
	// Where names a node of a cell in messages, "soma[0](0.5)"; nil: its number is shown.
	Where func(cell int, node int32) string

	Setters []Setter // calls of PROCEDUREs before INITIAL, in this order
	Streams Streams  // what random numbers start from

	Trains map[uint64][]float64 // spike times (ms, ascending) of the sources that are not simulated, by gid
}

// Ion is a species that some mechanism uses.
type Ion struct {
	Name     string  // "na"
	Valence  float64 // charge
	Xi0, Xo0 float64 // mM, the concentrations that finitialize sets
	E0       float64 // mV, the reversal potential on insertion
}

// Template is a cell type: one morphology with one set of density mechanisms. Cells of one template share it and
// stand side by side in lanes.
type Template struct {
	Name string

	// The node tree in NEURON's order, parents first; Parent[0] is -1. All arrays have one value per node.
	Parent []int32
	Area   []float64 // um2 (100 for the zero-area nodes)
	Diam   []float64 // um
	A, B   []float64 // axial coefficients (mS/cm2), NEURON's NODEA and NODEB: both negative
	Cm     []float64 // uF/cm2; 0 at zero-area nodes
	// What LONGITUDINAL_DIFFUSION needs besides; nil where no mechanism has it.
	SegmentL    []float64 // um, L/nseg of the node's section
	ParentFirst []int32   // node of segment 0 of the parent of the node's section, -1 for none

	Density []Density
	IonE    []IonE
}

// Density inserts one density mechanism.
type Density struct {
	Mech   int32   // index into Network.Mechanisms
	Nodes  []int32 // ascending
	Params []NodeParam
}

// NodeParam sets one column: one value for all nodes, or one per node of the insertion.
type NodeParam struct {
	Column int32
	Values []float64
}

// IonE sets the reversal potential of an ion at some nodes (ena, ek of a section).
type IonE struct {
	Ion   int32 // index into Network.Ions
	Nodes []int32
	E     []float64 // mV: one value, or one per node
}

// Cell is one cell with a tree.
type Cell struct {
	GID      uint64
	Template int32
	// The spike detector: v(DetectorNode) > Threshold (mV). DetectorNode is -1 for a cell that is no source.
	DetectorNode int32
	Threshold    float64
}

// Artificial is one ARTIFICIAL_CELL; it is a spike source by its net_event.
type Artificial struct {
	GID    uint64
	Mech   int32
	Params int32 // index into Network.Params, -1 for the defaults
}

// ParamSet sets columns of one instance.
type ParamSet struct {
	Columns []int32
	Values  []float64
}

// Point is one point process.
type Point struct {
	Cell   int32 // index into Network.Cells
	Mech   int32
	Node   int32 // node of the cell's template
	Params int32 // index into Network.Params, -1 for the defaults
}

// NetCon connects a source to a point process or to an artificial cell.
type NetCon struct {
	Source     uint64 // gid
	Target     int32  // index into Points, or into Artificial if ToArtificial
	Artificial bool
	Weight     float64 // weight[0]; the others start at 0 unless NET_RECEIVE has an INITIAL
	Delay      float64 // ms
}

// Spike is a source's event.
type Spike struct {
	GID uint64
	T   float64 // ms
}
