package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"netsim/internal/bounded"
	"netsim/modlab"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/unitcheck"
	"netsim/simulation"
)

type modCommand struct {
	Check modCheckCommand `cmd:"" help:"Compile .mod files; print diagnostics, unit mistakes among them, and what each mechanism is."`
	Show  modShowCommand  `cmd:"" help:"Show what a .mod file is: kind, ions, parameters, states, methods, cost."`
	Trace modTraceCommand `cmd:"" help:"Run one instance on one compartment under a protocol; write every variable of every step."`
	Plot  modPlotCommand  `cmd:"" help:"Draw steady states and time constants against v, and the current under voltage steps."`
}

type modCheckCommand struct {
	Files []string `arg:"" help:".mod files."`
	JSON  bool     `help:"One JSON object per file, in a list."`
}

// checked is a file's entry in the JSON of netsim mod check.
type checked struct {
	File        string    `json:"file"`
	OK          bool      `json:"ok"`
	Runs        bool      `json:"runs"` // every construct can be executed
	Mechanism   string    `json:"mechanism,omitempty"`
	Kind        string    `json:"kind,omitempty"`
	Diagnostics []finding `json:"diagnostics"`
}

type finding struct {
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// Run is netsim mod check.
func (c *modCheckCommand) Run(p Process) error {
	bad := 0
	all := []checked{}
	for _, file := range c.Files {
		f, s, ds := nmodl.ParseFile(file)
		text, more := simulation.Describe(f, s, ds)
		ds = append(ds, more...)
		failed := diag.HasErrors(ds)
		if failed {
			bad++
		} else {
			ds = append(ds, unitcheck.Check(f, s)...)
		}
		if c.JSON {
			entry := checked{File: file, OK: !failed, Diagnostics: []finding{}}
			if !failed {
				entry.Mechanism, entry.Kind = s.Name, s.Kind
				if !(s.Name == "nothing") {
					m, _ := (&modlab.Source{Path: file, File: f, Symbols: s}).Compile()
					entry.Runs = len(m.Unsupported) == 0
				}
			}
			for _, d := range ds {
				entry.Diagnostics = append(entry.Diagnostics, finding{d.Path, d.Line, d.Col, d.Severity.String(), d.Msg, d.Hint})
			}
			all = append(all, entry)
			continue
		}
		fmt.Fprint(p.Stdout, nmodl.Render(f, ds))
		if !failed {
			fmt.Fprint(p.Stdout, text)
		}
	}
	if c.JSON {
		out := json.NewEncoder(p.Stdout)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		if err := out.Encode(all); err != nil {
			return err
		}
	}
	if bad > 0 {
		return coded{error: fmt.Errorf("%s of %d could not be compiled", plural(bad, "file"), len(c.Files)), code: BadInput, quiet: c.JSON}
	}
	return nil
}

// openMod reads a .mod file for the commands that need a mechanism; diagnostics go to the user.
func openMod(p Process, file string) (*modlab.Source, error) {
	src, f, ds := modlab.Open(file)
	if src == nil {
		fmt.Fprint(p.Stderr, nmodl.Render(f, ds))
		return nil, coded{error: fmt.Errorf("%s could not be compiled", file), code: BadInput}
	}
	return src, nil
}

type modShowCommand struct {
	File    string `arg:"" help:".mod file."`
	Program bool   `help:"Print the programs that it becomes, operation by operation."`
}

// Run is netsim mod show.
func (c *modShowCommand) Run(p Process) error {
	src, err := openMod(p, c.File)
	if err != nil {
		return err
	}
	fmt.Fprint(p.Stdout, modlab.Describe(src))
	if c.Program && !src.Library() {
		m, _ := src.Compile()
		fmt.Fprintf(p.Stdout, "\n%s", m.Text())
	}
	return nil
}

type modTraceCommand struct {
	File     string   `arg:"" help:".mod file."`
	Protocol string   `required:"" placeholder:"P.json" help:"Protocol (JSON)."`
	Output   string   `short:"o" placeholder:"OUT.csv" default:"-" help:"CSV to write; - is standard output."`
	With     []string `placeholder:"OTHER.mod" sep:"none" help:"A further .mod file, whose mechanism the protocol's insert may name."`
}

// maxProtocol bounds the bytes of a protocol; a clamp of a million plateaus has 16 MB.
const maxProtocol = 64 << 20

// Run is netsim mod trace.
func (c *modTraceCommand) Run(p Process) error {
	src, err := openMod(p, c.File)
	if err != nil {
		return err
	}
	for _, file := range c.With {
		other, err := openMod(p, file)
		if err != nil {
			return err
		}
		src.With = append(src.With, other)
	}
	text, err := bounded.ReadFile(c.Protocol, maxProtocol)
	if err != nil {
		return coded{error: fmt.Errorf("could not read the protocol: %w", err), code: BadInput}
	}
	protocol, err := modlab.ReadProtocol(c.Protocol, text)
	if err != nil {
		return coded{error: err, code: BadInput}
	}
	if src.Library() {
		return coded{error: fmt.Errorf("%s: a library of functions (SUFFIX nothing) has no instances to trace", c.File), code: BadInput}
	}
	tr, err := modlab.Run(src, protocol)
	if err != nil {
		var named *modlab.ProtocolError
		if errors.As(err, &named) {
			named.Path = c.Protocol
			return coded{error: named, code: BadInput}
		}
		var refused *modlab.RefusedError
		if errors.As(err, &refused) {
			return coded{error: err, code: BadInput}
		}
		return err
	}
	return writeOutput(p, c.Output, tr.WriteCSV)
}

// writeOutput writes a file, or standard output for "-". Nothing is written when the text could not be made.
func writeOutput(p Process, path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(p.Stdout)
	}
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	if err := os.WriteFile(path, text.Bytes(), 0o666); err != nil {
		return fmt.Errorf("could not write the result: %w", err)
	}
	return nil
}

type modPlotCommand struct {
	File       string             `arg:"" help:".mod file."`
	Output     string             `short:"o" placeholder:"OUT.svg" help:"SVG to write; default: the mechanism file's name with .svg, in the current folder; - is standard output."`
	Celsius    float64            `default:"34" help:"Temperature (degC)."`
	Parameters map[string]float64 `name:"set" placeholder:"NAME=VALUE" help:"Set a parameter."`
}

// Run is netsim mod plot.
func (c *modPlotCommand) Run(p Process) error {
	src, err := openMod(p, c.File)
	if err != nil {
		return err
	}
	plot, err := modlab.Measure(src, modlab.PlotOptions{Celsius: c.Celsius, Parameters: c.Parameters})
	if err != nil {
		return coded{error: err, code: BadInput}
	}
	out := c.Output
	if out == "" {
		out = strings.TrimSuffix(filepath.Base(c.File), ".mod") + ".svg"
	}
	if err := writeOutput(p, out, plot.WriteSVG); err != nil {
		return err
	}
	if out != "-" {
		fmt.Fprintf(p.Stdout, "wrote %s\n", out)
	}
	return nil
}
