package config

import "time"

// Options change how a config is read. The zero value is what a plain run uses.
type Options struct {
	Strict      bool      // unknown keys are errors, not warnings
	TStop       *float64  // replaces run.tstop (ms)
	Dt          *float64  // replaces run.dt (ms)
	Numerics    string    // replaces run.numerics
	Set         []string  // KEY=VALUE replaces or adds one value of the document: "inputs.clamp.amp=0.2"; VALUE is JSON, or else a string
	OutputDir   string    // replaces output.output_dir; relative to the working directory
	CircuitOnly bool      // a circuit config alone will do: run and conditions may be absent
	WorkingDir  string    // "" for the process's own
	Now         time.Time // for ${time}, ${date}, ${datetime}; zero for the present
}

// Config is a simulation config with everything resolved: variables replaced, files joined, defaults filled in, paths absolute.
type Config struct {
	Path string // the main config file, absolute
	Dir  string // its folder

	Run             Run
	Conditions      Conditions
	Components      Components
	Networks        Networks
	Inputs          []Input  // enabled ones, in the order of the document
	Reports         []Report // enabled ones that netsim can make, in the order of the document
	Output          Output
	NodeSets        map[string]any // name → what stands in the document (see JSON values below)
	NodeSetsPlace   Place
	TargetSimulator string

	// Resolved is the joined document without manifests, variables replaced, as indented JSON. It is what is kept beside the results.
	Resolved []byte
	// Paths lists every path of the document with the place it was found at.
	Paths []PathUse
	// Disabled names what "enabled": false switched off, e.g. "inputs.LGN_spikes".
	Disabled []string
}

// Run is section "run".
type Run struct {
	TStop              float64 // ms
	TStart             float64 // ms; only reports look at it, the simulation begins at 0
	Dt                 float64 // ms
	Steps              int     // round(tstop/dt)
	DL                 float64 // µm, the longest segment wanted; 0 leaves every section at nseg = 1
	SpikeThreshold     float64 // mV
	NStepsBlock        int     // steps between flushes; 0 leaves it to netsim
	OverwriteOutputDir bool
	UseOldImport3d     bool   // read morphologies with BMTK 1.0.8's importer
	Numerics           string // NumericsNeuron or NumericsFast
	Place              Place
}

// The numerics of a run (docs/numerics.md).
const (
	NumericsNeuron = "neuron" // NEURON's association: its bits
	NumericsFast   = "fast"   // the same formulas at less cost, other last bits
)

// Conditions is section "conditions".
type Conditions struct {
	VInit   float64 // mV
	Celsius float64 // °C
	Place   Place
}

// Components is section "components": the folders that hold the parts of a circuit, absolute; "" when not given.
type Components struct {
	MorphologiesDir            string
	SynapticModelsDir          string
	BiophysicalNeuronModelsDir string
	PointNeuronModelsDir       string
	CustomNeuronModelsDir      string
	FilterModelsDir            string
	PopulationModelsDir        string
	MechanismsDirs             []string
	TemplatesDirs              []string // folders or single template files
	Place                      Place
}

// Networks is section "networks". Only enabled entries are listed, in the order of the document.
type Networks struct {
	Nodes    []NodesFile
	Edges    []EdgesFile
	GapJuncs []GapJuncsFile
	Place    Place
}

// NodesFile is one entry of networks.nodes. TypesFile is "" when there is none.
type NodesFile struct {
	File, TypesFile string
	Place           Place
}

// EdgesFile is one entry of networks.edges. TypesFile is "" when there is none.
type EdgesFile struct {
	File, TypesFile string
	Place           Place
}

// GapJuncsFile is one entry of networks.gap_juncs.
type GapJuncsFile struct {
	File  string
	Place Place
}

// Input is one entry of section "inputs". Exactly one of Spikes and Clamp is set.
type Input struct {
	Name    string
	Type    string // input_type as written
	Module  string // module as written
	NodeSet any    // a name (string), a list ([]any) or a filter (map[string]any); "all" when not given
	Spikes  *SpikesInput
	Clamp   *CurrentClamp
	Place   Place
}

// SpikesInput feeds the virtual populations that the node set names with recorded spikes.
type SpikesInput struct {
	File       string
	Population string // group of the spikes file to read; "" for its first
}

// CurrentClamp injects current into every cell of the node set: step by step (Amp, Delay and Duration, of one length) or as a waveform.
type CurrentClamp struct {
	Amp      []float64 // nA
	Delay    []float64 // ms
	Duration []float64 // ms
	Waveform *ClampWaveform

	SectionName  string  // "soma"
	SectionIndex int     // 0
	SectionDist  float64 // 0.5, the position on the section
}

// ClampWaveform is a current given as a table of times (ms) and amplitudes (nA).
type ClampWaveform struct {
	File             string
	Separator        string // " "
	TimestampsColumn string // "timestamps"
	AmplitudesColumn string // "amps"
}

// Report is one membrane report. A value of step k (counted from 0, at the end of the step) is recorded when
// StartStep ≤ k < EndStep and k mod Every = 0.
type Report struct {
	Name      string
	Module    string // as written
	Cells     any    // a node set, as Input.NodeSet; "biophysical" when not given
	Variables []string
	Sections  []string // lower case; ["all"] when not given
	SomaOnly  bool     // "sections": "soma" as a string: only soma[0](0.5), one element per cell
	File      string   // absolute
	Start     float64  // ms
	End       float64  // ms
	Dt        float64  // ms
	Transform string   // "" or "first_element"
	Float32   bool     // "dtype": "float32": values are stored as the SONATA standard says, not as BMTK does (float64)

	StartStep, EndStep, Every int

	Place Place
}

// Rows is the number of rows of the report's file by BMTK's formula, (end-start)/dt cut to a whole number.
func (r Report) Rows() int {
	if r.Every < 1 || r.EndStep < r.StartStep {
		return 0
	}
	return (r.EndStep - r.StartStep) / r.Every
}

// Output is section "output". Paths are absolute; a file that is not wanted is "".
type Output struct {
	Dir           string
	SpikesFile    string
	SpikesFileCSV string
	SortOrder     SortOrder
	Compression   int // gzip level of HDF5 datasets, 0 for none
	LogFile       string
	LogLevel      string // lower case: "debug", "info", "warn", "error"
	Overwrite     bool   // what overwrite_output_dir says, true when it says nothing
	Place         Place
}

// SortOrder is the order of the spikes in the output.
type SortOrder string

// The orders of output.spikes_sort_order.
const (
	SortNone   SortOrder = "none"
	SortByTime SortOrder = "time"
	SortByID   SortOrder = "id"
)

// Base says what a relative path turned out to be relative to.
type Base uint8

// The bases, in the order in which they are tried.
const (
	Absolute       Base = iota // the path was absolute
	FileDir                    // the folder of the file the path is written in
	MainDir                    // the folder of the main config
	WorkingDir                 // the working directory
	OutputDir                  // output.output_dir
	NotFound                   // nowhere
	CommandLineDir             // given on the command line, relative to the working directory
)

// String returns a phrase for messages.
func (b Base) String() string {
	switch b {
	case Absolute:
		return "absolute"
	case FileDir:
		return "beside the config file"
	case MainDir:
		return "beside the main config"
	case WorkingDir:
		return "in the working directory"
	case OutputDir:
		return "in the output directory"
	case CommandLineDir:
		return "given on the command line"
	}
	return "not found"
}

// PathUse is one path of the document.
type PathUse struct {
	Place    Place
	Text     string // as written, variables replaced
	Resolved string // absolute
	Base     Base
}

// Load reads the config file at path and everything it names. The Config is nil only when the main file cannot be read or is not JSON.
func Load(path string, opts Options) (*Config, []Problem) {
	return load(path, opts)
}
