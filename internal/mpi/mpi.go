// Package mpi gives the ranks of one job and the collectives that netsim
// needs, with Go errors.
//
// It stands on github.com/sbromberger/gompi for starting and stopping and adds
// a small cgo layer on MPI_COMM_WORLD for what that lacks (Allgather,
// Allgatherv, Gatherv, error codes). Both link the same MPI library.
//
// # Threads
//
// MPI is started with MPI_THREAD_MULTIPLE, since a Go program is threaded
// whatever it does. [Run] locks its goroutine to one OS thread and calls the
// given function on it, so that MPI_Init, the collectives and MPI_Finalize all
// come from one thread. A method called from another goroutine works too: calls
// are serialised by a lock. Only [Comm.Abort] takes no lock, so that a signal
// handler can end the job while the main loop waits inside a collective.
package mpi

/*
#cgo linux CFLAGS: -I/usr/lib/x86_64-linux-gnu/openmpi/include -pthread
#cgo linux LDFLAGS: -pthread -L/usr/lib/x86_64-linux-gnu/openmpi/lib -lmpi

#include <mpi.h>

static MPI_Datatype ns_pair; // 16 bytes: gid, time

static int ns_setup(void) {
	int rc = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	if (rc != MPI_SUCCESS) return rc;
	rc = MPI_Type_contiguous(16, MPI_BYTE, &ns_pair);
	if (rc != MPI_SUCCESS) return rc;
	return MPI_Type_commit(&ns_pair);
}
static void ns_teardown(void) { MPI_Type_free(&ns_pair); }

// Units of the data, as the Go side names them.
static MPI_Datatype ns_type(int unit) {
	switch (unit) {
	case 8:  return MPI_INT64_T;
	case 9:  return MPI_DOUBLE;
	case 16: return ns_pair;
	}
	return MPI_BYTE;
}
static MPI_Op ns_op(int op) {
	switch (op) {
	case 1: return MPI_MIN;
	case 2: return MPI_MAX;
	}
	return MPI_SUM;
}

static int ns_barrier(void) { return MPI_Barrier(MPI_COMM_WORLD); }
static int ns_abort(int code) { return MPI_Abort(MPI_COMM_WORLD, code); }
static int ns_bcast(void *b, int n, int root) { return MPI_Bcast(b, n, MPI_BYTE, root, MPI_COMM_WORLD); }
static int ns_allgather(const void *s, void *r, int n, int unit) {
	return MPI_Allgather(s, n, ns_type(unit), r, n, ns_type(unit), MPI_COMM_WORLD);
}
static int ns_allgatherv(const void *s, int n, void *r, const int *counts, const int *displs, int unit) {
	return MPI_Allgatherv(s, n, ns_type(unit), r, counts, displs, ns_type(unit), MPI_COMM_WORLD);
}
static int ns_gatherv(const void *s, int n, void *r, const int *counts, const int *displs, int root) {
	return MPI_Gatherv(s, n, MPI_BYTE, r, counts, displs, MPI_BYTE, root, MPI_COMM_WORLD);
}
static int ns_allreduce(const void *s, void *r, int n, int unit, int op) {
	return MPI_Allreduce(s, r, n, ns_type(unit), ns_op(op), MPI_COMM_WORLD);
}
static int ns_version(char *buf, int *n) { return MPI_Get_library_version(buf, n); }
static int ns_error(int rc, char *buf, int *n) { return MPI_Error_string(rc, buf, n); }

enum { ns_max_version = MPI_MAX_LIBRARY_VERSION_STRING, ns_max_error = MPI_MAX_ERROR_STRING };
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	gompi "github.com/sbromberger/gompi"
)

// Op is a reduction.
type Op int

// The reductions. A floating-point Sum is taken in an order that the MPI
// library chooses: where the result must be the same for any number of ranks,
// gather and add in a fixed order instead.
const (
	Sum Op = iota
	Min
	Max
)

// Units of the data as the C side names them.
const (
	unitByte    C.int = 1
	unitInt64   C.int = 8
	unitFloat64 C.int = 9
	unitPair    C.int = 16
)

// Pair is a record of 16 bytes: a cell's gid and a time in ms.
type Pair struct {
	GID uint64
	T   float64 // ms
}

// Comm is MPI_COMM_WORLD.
type Comm struct {
	mu             sync.Mutex
	rank, size     int
	counts, displs []C.int
}

var (
	errStopped = errors.New("MPI was already started and stopped in this process; it cannot start twice")
	started    sync.Mutex // held for ever once MPI was started: the library allows one start per process
)

// Agreed is implemented by errors that every rank returns alike.
type Agreed interface {
	error
	Agreed() bool
}

// Run starts MPI, calls f on a locked OS thread and stops MPI when f returns.
//
// When f returns an error that not all ranks agreed on (see [Agreed]), the
// others may be waiting for this rank and MPI_Finalize would wait with them.
// Then Run writes the error to standard error and ends all ranks with
// MPI_Abort; it does not return.
//
// Run also works without a launcher, as one rank.
func Run(f func(c *Comm) error) error {
	if !started.TryLock() {
		return errStopped
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	// Open MPI would catch SIGSEGV and friends to print its own stack trace; in
	// Go a nil dereference is a SIGSEGV that becomes a panic.
	if _, set := os.LookupEnv("OMPI_MCA_opal_signal"); !set {
		if err := os.Setenv("OMPI_MCA_opal_signal", ""); err != nil {
			return fmt.Errorf("could not prepare the environment of MPI: %w", err)
		}
	}
	gompi.Start(true)
	if err := check("prepare MPI_COMM_WORLD", C.ns_setup()); err != nil {
		C.ns_abort(1)
		return err
	}
	c := &Comm{rank: gompi.WorldRank(), size: gompi.WorldSize()}
	c.counts, c.displs = make([]C.int, c.size), make([]C.int, c.size)

	err := sizeError(c.size, ExpectedSize())
	if err == nil {
		err = f(c)
	}
	var agreed Agreed
	if err != nil && c.size > 1 && !(errors.As(err, &agreed) && agreed.Agreed()) {
		fmt.Fprintf(os.Stderr, "netsim: rank %d of %d: %v\n", c.rank, c.size, err)
		c.Abort(1)
	}
	C.ns_teardown()
	gompi.Stop()
	return err
}

// sizeError refuses a world of one rank when the launcher started several:
// the launcher belongs to another MPI library, and every process would take
// itself for rank 0 and write the same files.
func sizeError(size, expected int) error {
	if size == 1 && expected > 1 {
		return fmt.Errorf("the launcher started %d processes, but each of them sees an MPI world of one rank: "+
			"use the launcher of this MPI library (%s); under Slurm try srun --mpi=pmix", expected, Version())
	}
	return nil
}

// Version returns the library's own description of itself, one line. It works
// without starting MPI.
func Version() string {
	buf := make([]byte, C.ns_max_version)
	var n C.int
	if C.ns_version((*C.char)(unsafe.Pointer(&buf[0])), &n) != C.MPI_SUCCESS {
		return "unknown MPI library"
	}
	line, _, _ := strings.Cut(string(buf[:n]), "\n")
	return strings.TrimRight(line, " \x00")
}

// check turns an MPI return code into an error.
func check(what string, rc C.int) error {
	if rc == C.MPI_SUCCESS {
		return nil
	}
	buf := make([]byte, C.ns_max_error)
	var n C.int
	if C.ns_error(rc, (*C.char)(unsafe.Pointer(&buf[0])), &n) != C.MPI_SUCCESS {
		return fmt.Errorf("could not %s: MPI error %d", what, int(rc))
	}
	return fmt.Errorf("could not %s: %s", what, string(buf[:n]))
}

// Rank returns this process's number, 0 to Size()-1.
func (c *Comm) Rank() int { return c.rank }

// Size returns the number of ranks.
func (c *Comm) Size() int { return c.size }

// Abort ends all ranks with the given exit code. It does not return.
func (c *Comm) Abort(code int) {
	C.ns_abort(C.int(code))
	os.Exit(code) // MPI_Abort came back: the library could not do it
}

// Barrier waits for all ranks.
func (c *Comm) Barrier() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return check("wait for all ranks", C.ns_barrier())
}

// AllgatherInt64 returns every rank's v, in rank order.
func (c *Comm) AllgatherInt64(v int64) ([]int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]int64, c.size)
	return out, check("gather int64", C.ns_allgather(unsafe.Pointer(&v), unsafe.Pointer(&out[0]), 1, unitInt64))
}

// AllgatherFixed gathers records of the same length from all ranks: dst holds
// Size() of them, in rank order. It allocates nothing.
func (c *Comm) AllgatherFixed(record, dst []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(dst) != len(record)*c.size {
		return fmt.Errorf("could not gather records: %d bytes of room for %d ranks of %d bytes", len(dst), c.size, len(record))
	}
	if len(record) == 0 {
		return check("wait for all ranks", C.ns_barrier())
	}
	n, err := count(len(record))
	if err != nil {
		return err
	}
	return check("gather records", C.ns_allgather(unsafe.Pointer(&record[0]), unsafe.Pointer(&dst[0]), n, unitByte))
}

// AllgathervPairs gathers lists of records whose lengths every rank knows
// already: counts[r] records come from rank r. They are appended to dst in
// rank order. It allocates only what dst lacks.
func (c *Comm) AllgathervPairs(local []Pair, counts []int, dst []Pair) ([]Pair, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	total, err := c.layout(counts, len(local))
	if err != nil {
		return dst, err
	}
	if total == 0 {
		return dst, nil // known to every rank: no call is needed
	}
	start := len(dst)
	dst = grow(dst, total)
	rc := C.ns_allgatherv(pointer(local), C.int(len(local)), pointer(dst[start:]), &c.counts[0], &c.displs[0], unitPair)
	return dst, check("gather spikes", rc)
}

// AllgathervFloat64 returns every rank's values, by rank.
func (c *Comm) AllgathervFloat64(local []float64) ([][]float64, error) {
	return allgatherv(c, local, unitFloat64)
}

// AllgathervInt64 returns every rank's values, by rank.
func (c *Comm) AllgathervInt64(local []int64) ([][]int64, error) {
	return allgatherv(c, local, unitInt64)
}

// AllgathervBytes returns every rank's bytes, by rank.
func (c *Comm) AllgathervBytes(local []byte) ([][]byte, error) {
	return allgatherv(c, local, unitByte)
}

func allgatherv[T any](c *Comm, local []T, unit C.int) ([][]T, error) {
	counts, err := c.counts64(len(local))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	total, err := c.layout(counts, len(local))
	if err != nil {
		return nil, err
	}
	all := make([]T, total)
	if total > 0 {
		rc := C.ns_allgatherv(pointer(local), C.int(len(local)), pointer(all), &c.counts[0], &c.displs[0], unit)
		if err := check("gather lists", rc); err != nil {
			return nil, err
		}
	}
	return split(all, counts), nil
}

// GatherBytes returns every rank's bytes on rank 0, by rank, and nil on the
// others.
func (c *Comm) GatherBytes(local []byte) ([][]byte, error) {
	counts, err := c.counts64(len(local))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	total, err := c.layout(counts, len(local))
	if err != nil {
		return nil, err
	}
	var all []byte
	if c.rank == 0 {
		all = make([]byte, total)
	}
	if total > 0 {
		rc := C.ns_gatherv(pointer(local), C.int(len(local)), pointer(all), &c.counts[0], &c.displs[0], 0)
		if err := check("gather on rank 0", rc); err != nil {
			return nil, err
		}
	}
	if c.rank != 0 {
		return nil, nil
	}
	return split(all, counts), nil
}

// BcastBytes returns the root's bytes on every rank. The others' argument is
// ignored.
func (c *Comm) BcastBytes(b []byte, root int) ([]byte, error) {
	if root < 0 || root >= c.size {
		return nil, fmt.Errorf("could not broadcast: there is no rank %d of %d", root, c.size)
	}
	counts, err := c.counts64(len(b))
	if err != nil {
		return nil, err
	}
	n, err := count(int(counts[root]))
	if err != nil {
		return nil, err
	}
	if c.rank != root {
		b = make([]byte, n)
	}
	if n == 0 {
		return b, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return b, check("broadcast", C.ns_bcast(pointer(b), n, C.int(root)))
}

// AllreduceFloat64 reduces v over the ranks, element by element, in place.
func (c *Comm) AllreduceFloat64(op Op, v []float64) error {
	return allreduce(c, op, v, unitFloat64)
}

// AllreduceInt64 reduces v over the ranks, element by element, in place.
func (c *Comm) AllreduceInt64(op Op, v []int64) error {
	return allreduce(c, op, v, unitInt64)
}

func allreduce[T any](c *Comm, op Op, v []T, unit C.int) error {
	n, err := count(len(v))
	if err != nil || n == 0 {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]T, len(v))
	if err := check("reduce", C.ns_allreduce(pointer(v), pointer(out), n, unit, C.int(op))); err != nil {
		return err
	}
	copy(v, out)
	return nil
}

// counts64 returns every rank's length.
func (c *Comm) counts64(n int) ([]int, error) {
	all, err := c.AllgatherInt64(int64(n))
	if err != nil {
		return nil, err
	}
	counts := make([]int, len(all))
	for i, v := range all {
		counts[i] = int(v)
	}
	return counts, nil
}

// layout fills counts and displs for a gather of counts[r] items from rank r
// and returns their sum. The lock is held.
func (c *Comm) layout(counts []int, local int) (int, error) {
	if len(counts) != c.size || counts[c.rank] != local {
		return 0, fmt.Errorf("could not gather: the counts do not fit %d items on rank %d of %d", local, c.rank, c.size)
	}
	total := 0
	for r, n := range counts {
		if _, err := count(total + n); err != nil {
			return 0, err
		}
		c.counts[r], c.displs[r] = C.int(n), C.int(total)
		total += n
	}
	return total, nil
}

// count guards the C int in which MPI counts.
func count(n int) (C.int, error) {
	if n < 0 || n > math.MaxInt32 {
		return 0, fmt.Errorf("could not pass %d items in one message: MPI counts to %d", n, math.MaxInt32)
	}
	return C.int(n), nil
}

// pointer is the address of the first item; nil for an empty slice.
func pointer[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }

func grow[T any](s []T, n int) []T {
	if cap(s)-len(s) < n {
		bigger := make([]T, len(s), len(s)+n+len(s)/2)
		copy(bigger, s)
		s = bigger
	}
	return s[:len(s)+n]
}

func split[T any](all []T, counts []int) [][]T {
	out := make([][]T, len(counts))
	for r, n := range counts {
		out[r], all = all[:n:n], all[n:]
	}
	return out
}
