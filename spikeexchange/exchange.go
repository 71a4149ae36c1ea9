// Package spikeexchange moves spikes between ranks once per min-delay interval
// and finds that interval.
//
// # One primitive
//
// Every collective operation of an [Exchanger] begins with one Allgather of a
// record of fixed size:
//
//	byte  0      what this rank is doing (exchange, barrier, reduction, …)
//	byte  1      1 when this rank has failed
//	byte  2      what it asks for (Ask)
//	bytes 4–7    number of spikes, or bytes of message (uint32, little endian)
//	bytes 8–15   a number to reduce (float64 or int64)
//	bytes 16–127 the first 7 spikes, 16 bytes each: gid, time
//
// A rank with at most 7 spikes needs no more; when any rank has more, one
// Allgatherv brings the rest. A failed rank sets byte 1 in whatever operation
// the others have reached, and then all of them return the message of the
// lowest failing rank. Ranks that do different things (a mistake in the
// program) are found out instead of waiting for each other for ever.
package spikeexchange

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Spike is one spike of one cell.
type Spike struct {
	GID uint64
	T   float64 // ms
}

// Op is a reduction over ranks.
type Op int

// The reductions. A Sum of float64 is taken in rank order.
const (
	Sum Op = iota
	Min
	Max
)

// Exchanger is what a simulation needs of the other ranks. All methods but
// Rank, Size and Abort are collective: every rank calls them, in the same
// order. When a rank calls [Exchanger.FirstError] with an error instead, the
// others' call returns a *[RankError]. From then on every call returns it, but
// for AllreduceInt64, by which the ranks can agree on an exit code.
type Exchanger interface {
	// Rank is this process's number, 0 to Size()-1.
	Rank() int
	// Size is the number of ranks.
	Size() int
	// MinDelay returns the smallest of the ranks' delays in ms. A rank without
	// connections passes +Inf.
	MinDelay(local float64) (float64, error)
	// Exchange returns the spikes of all ranks in this interval, sorted by
	// (time, gid), the same on every rank. The order of local does not matter
	// and local is not changed. The result is valid until the next call.
	Exchange(local []Spike) ([]Spike, error)
	// Ask tells the other ranks something with the next Exchange: a number, the
	// larger the more urgent, 0 for nothing. It waits for nobody.
	Ask(what uint8)
	// Asked is the largest number that a rank asked for in the last Exchange, the
	// same on every rank.
	Asked() uint8
	// FirstError returns nil when err is nil on every rank, otherwise on every
	// rank the error of the lowest failing one.
	FirstError(err error) error
	// Barrier waits for all ranks.
	Barrier() error
	// AllreduceFloat64 reduces one number; a sum is taken in rank order.
	AllreduceFloat64(op Op, v float64) (float64, error)
	// AllreduceInt64 reduces one number.
	AllreduceInt64(op Op, v int64) (int64, error)
	// GatherJSON returns every rank's v as JSON on rank 0, nil on the others.
	GatherJSON(v any) ([]json.RawMessage, error)
	// BcastBytes returns rank 0's bytes on every rank.
	BcastBytes(b []byte) ([]byte, error)
	// Abort ends all ranks at once with this exit code and does not return.
	Abort(code int)
}

// RankError is the failure of one rank as every rank reports it.
type RankError struct {
	Rank    int
	Message string
	cause   error // on the failing rank itself
}

func (e *RankError) Error() string { return fmt.Sprintf("rank %d: %s", e.Rank, e.Message) }

// Unwrap gives the error itself, on the rank where it happened.
func (e *RankError) Unwrap() error { return e.cause }

// Agreed says that all ranks have this error, so that MPI can stop in order.
func (e *RankError) Agreed() bool { return true }

// compare orders spikes by time, then gid.
func compare(a, b Spike) int {
	return cmp.Or(cmp.Compare(a.T, b.T), cmp.Compare(a.GID, b.GID))
}

func sortSpikes(s []Spike) {
	if !slices.IsSortedFunc(s, compare) {
		slices.SortFunc(s, compare)
	}
}

// mergeRuns sorts a list that consists of sorted runs, given by their ends, by
// merging neighbours until one is left: n·log₂(runs) steps. It returns the
// sorted list and the other of the two buffers; ends is overwritten.
func mergeRuns(s, spare []Spike, ends []int) (sorted, other []Spike) {
	for len(ends) > 1 {
		spare = slices.Grow(spare[:0], len(s))
		begin, kept := 0, 0
		for i := 0; i < len(ends); i += 2 {
			if i+1 == len(ends) {
				spare = append(spare, s[begin:]...)
			} else {
				spare = mergeTwo(spare, s[begin:ends[i]], s[ends[i]:ends[i+1]])
			}
			begin = len(spare)
			ends[kept] = begin
			kept++
		}
		ends = ends[:kept]
		s, spare = spare, s
	}
	return s, spare
}

func mergeTwo(dst, a, b []Spike) []Spike {
	for len(a) > 0 && len(b) > 0 {
		if before(b[0], a[0]) {
			dst, b = append(dst, b[0]), b[1:]
		} else {
			dst, a = append(dst, a[0]), a[1:]
		}
	}
	return append(append(dst, a...), b...)
}

// before is compare(a, b) < 0 for times that are numbers.
func before(a, b Spike) bool { return a.T < b.T || a.T == b.T && a.GID < b.GID }

// checkSpikes refuses times that have no place in an order.
func checkSpikes(s []Spike) error {
	for _, x := range s {
		if math.IsNaN(x.T) || math.IsInf(x.T, 0) {
			return fmt.Errorf("cell %d: spike time %v ms", x.GID, x.T)
		}
	}
	return nil
}

// checkDelay refuses a delay that gives no interval.
func checkDelay(d float64) error {
	if math.IsNaN(d) || d <= 0 {
		return fmt.Errorf("the smallest delay is %v ms; it must be positive", d)
	}
	return nil
}

var errTooMany = errors.New("more than 2^31-1 spikes in one interval")

func reduceFloat64(op Op, acc, v float64) float64 {
	switch op {
	case Min:
		return math.Min(acc, v)
	case Max:
		return math.Max(acc, v)
	}
	return acc + v
}

func reduceInt64(op Op, acc, v int64) int64 {
	switch op {
	case Min:
		return min(acc, v)
	case Max:
		return max(acc, v)
	}
	return acc + v
}
