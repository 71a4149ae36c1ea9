// Command generate makes the files of the example circuit that are not written by hand: morphologies, nodes, edges and
// background spikes. It is deterministic: the same bytes every time.
//
//	go run ./examples/generate examples/column
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generate FOLDER")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes all files below a folder.
func generate(folder string) error {
	for _, sub := range []string{"components/morphologies", "network", "inputs"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o755); err != nil {
			return err
		}
	}
	for _, k := range kinds {
		if err := os.WriteFile(filepath.Join(folder, "components/morphologies", k.name+".swc"), k.tree.swc(k.name), 0o644); err != nil {
			return err
		}
	}
	cells := place()
	network := filepath.Join(folder, "network")
	if err := writeCells(network, cells); err != nil {
		return err
	}
	if err := writeBackground(network, filepath.Join(folder, "inputs")); err != nil {
		return err
	}
	recurrent, background := connect(cells)
	if err := writeEdges(network, "cortex", "cortex", len(cells), len(cells), recurrent); err != nil {
		return err
	}
	return writeEdges(network, "background", "cortex", backgroundCells, len(cells), background)
}
