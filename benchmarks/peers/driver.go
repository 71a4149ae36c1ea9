package peers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"

	"netsim/benchmarks/worker"
)

// Driver is a process that has built a model and runs it on request. It sleeps between requests, so that simulators
// take turns without building again.
type Driver struct {
	ready worker.Ready
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	err   bytes.Buffer
}

// Start starts a driver on the given cores (nil: all) and waits until the model is built.
func Start(cmd *exec.Cmd, cores []int) (*Driver, error) {
	d := &Driver{cmd: cmd}
	var err error
	if d.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = &d.err
	d.out = bufio.NewScanner(out)
	if err := OnCores(cores, cmd.Start); err != nil {
		return nil, err
	}
	if err := d.answer(&d.ready); err != nil {
		return nil, err
	}
	return d, nil
}

// answer reads one line of the driver.
func (d *Driver) answer(into any) error {
	if !d.out.Scan() {
		d.in.Close()
		err := d.cmd.Wait()
		return fmt.Errorf("%s: no answer: %w\n%s", d.cmd.Path, err, lastLines(d.err.Bytes()))
	}
	if err := json.Unmarshal(d.out.Bytes(), into); err != nil {
		return fmt.Errorf("%s answered %q: %w", d.cmd.Path, d.out.Text(), err)
	}
	return nil
}

// Ready tells what was built.
func (d *Driver) Ready() worker.Ready { return d.ready }

// Run runs the model once and leaves its spikes in a file.
func (d *Driver) Run(spikes string) (worker.Run, error) {
	var run worker.Run
	if _, err := fmt.Fprintf(d.in, "run %s\n", spikes); err != nil {
		return run, fmt.Errorf("%s has ended: %w\n%s", d.cmd.Path, err, lastLines(d.err.Bytes()))
	}
	err := d.answer(&run)
	return run, err
}

// Close ends the process.
func (d *Driver) Close() error {
	d.in.Close()
	return d.cmd.Wait()
}

// lastLines is what is worth showing of a long text.
func lastLines(text []byte) []byte {
	const most = 2000
	return text[max(0, len(text)-most):]
}
