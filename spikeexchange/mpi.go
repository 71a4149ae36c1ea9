package spikeexchange

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"unsafe"

	"netsim/internal/mpi"
)

const (
	inlineSpikes = 7
	recordHead   = 16
	recordSize   = recordHead + 16*inlineSpikes // 128 bytes: two cache lines
)

// What a rank is doing.
const (
	doExchange byte = iota + 1
	doBarrier
	doMinDelay
	doReduceFloat
	doReduceInt
	doGather
	doBcast
	doFirstError
)

var doing = [...]string{"nothing", "Exchange", "Barrier", "MinDelay", "AllreduceFloat64", "AllreduceInt64", "GatherJSON",
	"BcastBytes", "FirstError"}

// MPI exchanges spikes between the ranks of an MPI job.
type MPI struct {
	comm    *mpi.Comm
	record  [recordSize]byte
	records []byte  // of all ranks, in rank order
	counts  []int   // of the last operation, by rank
	more    []int   // spikes that were not inline, by rank
	ends    []int   // of the ranks' lists in all
	mine    []Spike // sorted copy of the local spikes
	rest    []mpi.Pair
	all     []Spike
	spare   []Spike // for merging, in turns with all
	ask     uint8
	asked   uint8
	failed  error // sticky: after a failure nothing is exchanged any more
}

var _ Exchanger = (*MPI)(nil)

// NewMPI returns the exchanger of this rank.
func NewMPI(comm *mpi.Comm) *MPI {
	return &MPI{comm: comm, records: make([]byte, recordSize*comm.Size()), counts: make([]int, comm.Size()),
		more: make([]int, comm.Size())}
}

func (x *MPI) Rank() int      { return x.comm.Rank() }
func (x *MPI) Size() int      { return x.comm.Size() }
func (x *MPI) Abort(code int) { x.comm.Abort(code) }

// of is the record of one rank.
func (x *MPI) of(rank int) []byte { return x.records[rank*recordSize:][:recordSize] }

func (x *MPI) number(rank int) uint64 { return binary.LittleEndian.Uint64(x.of(rank)[8:]) }

// meet is the first half of every operation: all ranks learn what each is
// doing, its number and its count. The inline spikes of x.record are set by
// the caller. With fault, this rank brings the whole operation to an end.
func (x *MPI) meet(what byte, count int, number uint64, fault error) error {
	earlier := x.failed
	if earlier != nil && !(what == doReduceInt && isAgreed(earlier)) {
		return earlier
	}
	if fault == nil && (count < 0 || count > math.MaxInt32) {
		fault = errTooMany
	}
	message := ""
	x.record[0], x.record[1], x.record[2] = what, 0, x.ask
	if fault != nil {
		message = fault.Error()
		x.record[1], count = 1, len(message)
	}
	binary.LittleEndian.PutUint32(x.record[4:], uint32(count))
	binary.LittleEndian.PutUint64(x.record[8:], number)
	if err := x.comm.AllgatherFixed(x.record[:], x.records); err != nil {
		x.failed = err
		return err
	}
	lowest, differs := -1, -1
	for r := range x.Size() {
		rec := x.of(r)
		x.counts[r] = int(binary.LittleEndian.Uint32(rec[4:]))
		switch {
		case rec[1] != 0 && lowest < 0:
			lowest = r
		case rec[1] == 0 && differs < 0 && rec[0] != x.firstHealthy():
			differs = r
		}
	}
	var err error
	switch {
	case lowest >= 0:
		err = x.fault(lowest, message, fault)
	case differs >= 0:
		err = &RankError{Rank: differs, Message: fmt.Sprintf(
			"is in %s while rank 0 is in %s; this is a fault in netsim", doing[x.of(differs)[0]], doing[x.of(0)[0]])}
	}
	if earlier == nil {
		x.failed = err
	}
	return err
}

func isAgreed(err error) bool {
	_, ok := err.(*RankError)
	return ok
}

// firstHealthy is what the lowest rank without a fault is doing.
func (x *MPI) firstHealthy() byte {
	for r := range x.Size() {
		if x.of(r)[1] == 0 {
			return x.of(r)[0]
		}
	}
	return 0
}

// fault brings the message of the lowest failing rank to all.
func (x *MPI) fault(lowest int, message string, cause error) error {
	text, err := x.comm.BcastBytes([]byte(message), lowest)
	if err != nil {
		return &RankError{Rank: lowest, Message: fmt.Sprintf("failed, and its message was lost: %v", err)}
	}
	e := &RankError{Rank: lowest, Message: string(text)}
	if lowest == x.Rank() {
		e.cause = cause
	}
	return e
}

// Ask implements [Exchanger].
func (x *MPI) Ask(what uint8) { x.ask = what }

// Asked implements [Exchanger].
func (x *MPI) Asked() uint8 { return x.asked }

// Exchange implements [Exchanger].
func (x *MPI) Exchange(local []Spike) ([]Spike, error) {
	fault := checkSpikes(local)
	x.mine = append(x.mine[:0], local...)
	sortSpikes(x.mine)
	for i, s := range x.mine[:min(len(x.mine), inlineSpikes)] {
		at := x.record[recordHead+16*i:]
		binary.LittleEndian.PutUint64(at, s.GID)
		binary.LittleEndian.PutUint64(at[8:], math.Float64bits(s.T))
	}
	if err := x.meet(doExchange, len(x.mine), 0, fault); err != nil {
		return nil, err
	}
	x.asked = 0
	for r, n := range x.counts {
		x.more[r] = max(n-inlineSpikes, 0)
		x.asked = max(x.asked, x.of(r)[2])
	}
	rest, err := x.comm.AllgathervPairs(pairs(x.mine[min(len(x.mine), inlineSpikes):]), x.more, x.rest[:0])
	if err != nil {
		x.failed = err
		return nil, err
	}
	x.rest = rest
	return x.join(spikes(rest)), nil
}

// join puts the ranks' sorted lists together and merges them.
func (x *MPI) join(rest []Spike) []Spike {
	x.all, x.ends = x.all[:0], x.ends[:0]
	for r, n := range x.counts {
		rec := x.of(r)[recordHead:]
		for i := range min(n, inlineSpikes) {
			x.all = append(x.all, Spike{binary.LittleEndian.Uint64(rec[16*i:]),
				math.Float64frombits(binary.LittleEndian.Uint64(rec[16*i+8:]))})
		}
		x.all = append(x.all, rest[:x.more[r]]...)
		rest = rest[x.more[r]:]
		if n > 0 {
			x.ends = append(x.ends, len(x.all))
		}
	}
	x.all, x.spare = mergeRuns(x.all, x.spare, x.ends)
	return x.all
}

// pairs and spikes look at one list as the other type: both are a uint64 and a
// float64.
func pairs(s []Spike) []mpi.Pair {
	return unsafe.Slice((*mpi.Pair)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

func spikes(p []mpi.Pair) []Spike {
	return unsafe.Slice((*Spike)(unsafe.Pointer(unsafe.SliceData(p))), len(p))
}

// MinDelay implements [Exchanger].
func (x *MPI) MinDelay(local float64) (float64, error) {
	var fault error
	if math.IsNaN(local) || local <= 0 {
		fault = checkDelay(local)
	}
	if err := x.meet(doMinDelay, 0, math.Float64bits(local), fault); err != nil {
		return 0, err
	}
	least := math.Inf(1)
	for r := range x.Size() {
		least = math.Min(least, math.Float64frombits(x.number(r)))
	}
	return least, nil
}

// FirstError implements [Exchanger].
func (x *MPI) FirstError(err error) error {
	if x.failed != nil {
		return x.failed // all ranks have it: there is nothing left to agree on
	}
	return x.meet(doFirstError, 0, 0, err)
}

// Barrier implements [Exchanger].
func (x *MPI) Barrier() error { return x.meet(doBarrier, 0, 0, nil) }

// AllreduceFloat64 implements [Exchanger].
func (x *MPI) AllreduceFloat64(op Op, v float64) (float64, error) {
	if err := x.meet(doReduceFloat, 0, math.Float64bits(v), nil); err != nil {
		return 0, err
	}
	acc := math.Float64frombits(x.number(0))
	for r := 1; r < x.Size(); r++ {
		acc = reduceFloat64(op, acc, math.Float64frombits(x.number(r)))
	}
	return acc, nil
}

// AllreduceInt64 implements [Exchanger].
func (x *MPI) AllreduceInt64(op Op, v int64) (int64, error) {
	if err := x.meet(doReduceInt, 0, uint64(v), nil); err != nil {
		return 0, err
	}
	acc := int64(x.number(0))
	for r := 1; r < x.Size(); r++ {
		acc = reduceInt64(op, acc, int64(x.number(r)))
	}
	return acc, nil
}

// GatherJSON implements [Exchanger].
func (x *MPI) GatherJSON(v any) ([]json.RawMessage, error) {
	b, fault := json.Marshal(v)
	if fault != nil {
		fault = fmt.Errorf("could not encode %T: %w", v, fault)
	}
	if err := x.meet(doGather, 0, 0, fault); err != nil {
		return nil, err
	}
	parts, err := x.comm.GatherBytes(b)
	if err != nil || parts == nil {
		return nil, err
	}
	out := make([]json.RawMessage, len(parts))
	for r, p := range parts {
		out[r] = p
	}
	return out, nil
}

// BcastBytes implements [Exchanger].
func (x *MPI) BcastBytes(b []byte) ([]byte, error) {
	if err := x.meet(doBcast, 0, 0, nil); err != nil {
		return nil, err
	}
	return x.comm.BcastBytes(b, 0)
}
