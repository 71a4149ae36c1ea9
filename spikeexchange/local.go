package spikeexchange

import (
	"encoding/json"
	"fmt"
	"os"
)

// Local is one process that makes no MPI call.
type Local struct {
	all []Spike
	ask uint8
}

var _ Exchanger = (*Local)(nil)

// NewLocal returns the exchanger of a run in one process.
func NewLocal() *Local { return &Local{} }

func (*Local) Rank() int { return 0 }
func (*Local) Size() int { return 1 }

func (*Local) MinDelay(local float64) (float64, error) { return local, checkDelay(local) }

func (l *Local) Exchange(local []Spike) ([]Spike, error) {
	if err := checkSpikes(local); err != nil {
		return nil, err
	}
	l.all = append(l.all[:0], local...)
	sortSpikes(l.all)
	return l.all, nil
}

func (l *Local) Ask(what uint8) { l.ask = what }
func (l *Local) Asked() uint8   { return l.ask }

func (*Local) FirstError(err error) error                        { return err }
func (*Local) Barrier() error                                    { return nil }
func (*Local) AllreduceFloat64(_ Op, v float64) (float64, error) { return v, nil }
func (*Local) AllreduceInt64(_ Op, v int64) (int64, error)       { return v, nil }
func (*Local) BcastBytes(b []byte) ([]byte, error)               { return b, nil }
func (*Local) Abort(code int)                                    { os.Exit(code) }
func (*Local) GatherJSON(v any) ([]json.RawMessage, error)       { return gatherOne(v) }

func gatherOne(v any) ([]json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("could not encode %T: %w", v, err)
	}
	return []json.RawMessage{b}, nil
}

// DryRun is one process that behaves as rank 0 of many: the spikes of the
// other ranks are made up from its own, so that the memory, the time per
// interval and the number of spikes to deliver can be measured for a job that
// is larger than the machine.
//
// With round-robin owners the cells of rank 0 are 0, n, 2n, …; the cell beside
// gid g on rank r is g+r and spikes when g does.
type DryRun struct {
	size  int
	cells uint64
	all   []Spike
	ask   uint8
}

var _ Exchanger = (*DryRun)(nil)

// NewDryRun returns rank 0 of a pretended job of size ranks on a network of the
// given number of cells (gids 0 to cells-1).
func NewDryRun(size int, cells uint64) (*DryRun, error) {
	if size < 1 {
		return nil, fmt.Errorf("a dry run needs at least one rank, not %d", size)
	}
	return &DryRun{size: size, cells: cells}, nil
}

func (*DryRun) Rank() int   { return 0 }
func (d *DryRun) Size() int { return d.size }

func (*DryRun) MinDelay(local float64) (float64, error) { return local, checkDelay(local) }

func (d *DryRun) Exchange(local []Spike) ([]Spike, error) {
	if err := checkSpikes(local); err != nil {
		return nil, err
	}
	d.all = d.all[:0]
	for _, s := range local {
		for r := range uint64(d.size) {
			if s.GID+r < d.cells {
				d.all = append(d.all, Spike{s.GID + r, s.T})
			}
		}
	}
	sortSpikes(d.all)
	return d.all, nil
}

func (d *DryRun) Ask(what uint8) { d.ask = what }
func (d *DryRun) Asked() uint8   { return d.ask }

func (*DryRun) FirstError(err error) error { return err }
func (*DryRun) Barrier() error             { return nil }

// AllreduceFloat64 takes the other ranks' numbers for equal to this one's.
func (d *DryRun) AllreduceFloat64(op Op, v float64) (float64, error) {
	if op == Sum {
		return v * float64(d.size), nil
	}
	return v, nil
}

// AllreduceInt64 takes the other ranks' numbers for equal to this one's.
func (d *DryRun) AllreduceInt64(op Op, v int64) (int64, error) {
	if op == Sum {
		return v * int64(d.size), nil
	}
	return v, nil
}

func (*DryRun) BcastBytes(b []byte) ([]byte, error)         { return b, nil }
func (*DryRun) Abort(code int)                              { os.Exit(code) }
func (*DryRun) GatherJSON(v any) ([]json.RawMessage, error) { return gatherOne(v) }
