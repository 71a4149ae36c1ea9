package mpi_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"netsim/internal/mpi"
	"netsim/internal/mpi/mpitest"
)

func TestMain(m *testing.M) {
	role := mpitest.Role()
	if role == "" {
		os.Exit(m.Run())
	}
	if err := mpi.Run(func(c *mpi.Comm) error { return roles[role](c) }); err != nil {
		fmt.Println("returned:", err)
		os.Exit(3)
	}
}

type agreed struct{ error }

func (agreed) Agreed() bool { return true }

// roles are what the ranks of a test do.
var roles = map[string]func(*mpi.Comm) error{
	"collectives": collectives,
	"fail": func(c *mpi.Comm) error {
		if c.Rank() == c.Size()-1 {
			return errors.New("no more membrane")
		}
		return c.Barrier()
	},
	"agree": func(c *mpi.Comm) error { return agreed{errors.New("all of us")} },
	"abort": func(c *mpi.Comm) error {
		if c.Rank() == 0 {
			// As a signal handler does it: from another goroutine, while the main
			// one waits in a collective.
			go func() {
				time.Sleep(100 * time.Millisecond)
				c.Abort(17)
			}()
			return c.Barrier()
		}
		select {}
	},
	"die": func(c *mpi.Comm) error {
		if c.Rank() == c.Size()-1 {
			time.Sleep(100 * time.Millisecond)
			return kill()
		}
		return c.Barrier()
	},
	"nil": func(c *mpi.Comm) error {
		err := dereference(nil)
		if err == nil || !strings.Contains(err.Error(), "nil pointer") {
			return fmt.Errorf("a nil dereference gave %v", err)
		}
		return c.Barrier()
	},
}

func kill() error {
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = p.Kill()
	}
	time.Sleep(time.Second)
	return err
}

func dereference(p *int) (err error) {
	defer func() { err, _ = recover().(error) }()
	*p++
	return nil
}

func collectives(c *mpi.Comm) error {
	n, me := c.Size(), c.Rank()
	var errs []error
	check := func(what string, err error, ok bool) {
		if err != nil || !ok {
			errs = append(errs, fmt.Errorf("rank %d: %s: %v", me, what, err))
		}
	}
	check("barrier", c.Barrier(), true)

	ints, err := c.AllgatherInt64(int64(me) - 5)
	ok := len(ints) == n
	for r := range ints {
		ok = ok && ints[r] == int64(r)-5
	}
	check("AllgatherInt64", err, ok)

	dst := make([]byte, 3*n)
	err = c.AllgatherFixed([]byte{byte(me), 7, byte(2 * me)}, dst)
	for r := range n {
		ok = ok && bytes.Equal(dst[3*r:3*r+3], []byte{byte(r), 7, byte(2 * r)})
	}
	check("AllgatherFixed", err, ok)
	check("AllgatherFixed of nothing", c.AllgatherFixed(nil, nil), true)
	check("AllgatherFixed without room", nil, c.AllgatherFixed([]byte{1}, nil) != nil)

	// Lengths 0, 1, 2, …: rank 0 has nothing.
	mine, counts := []mpi.Pair{}, make([]int, n)
	for r := range n {
		counts[r] = r
	}
	for i := range me {
		mine = append(mine, mpi.Pair{GID: uint64(me)<<40 + uint64(i), T: float64(me) + 0.1*float64(i)})
	}
	all, err := c.AllgathervPairs(mine, counts, make([]mpi.Pair, 0, 1))
	ok = len(all) == n*(n-1)/2
	k := 0
	for r := range n {
		for i := range r {
			ok = ok && all[k] == mpi.Pair{GID: uint64(r)<<40 + uint64(i), T: float64(r) + 0.1*float64(i)}
			k++
		}
	}
	check("AllgathervPairs", err, ok)
	_, err = c.AllgathervPairs(mine, append(counts, 1), nil)
	check("AllgathervPairs with wrong counts", nil, err != nil)
	none, err := c.AllgathervPairs(nil, make([]int, n), nil)
	check("AllgathervPairs of nothing", err, len(none) == 0)

	floats, err := c.AllgathervFloat64(bytesOf[float64](me))
	ok = len(floats) == n
	for r := range floats {
		ok = ok && equal(floats[r], bytesOf[float64](r))
	}
	check("AllgathervFloat64", err, ok)
	lists, err := c.AllgathervInt64(bytesOf[int64](n - me - 1))
	for r := range lists {
		ok = ok && equal(lists[r], bytesOf[int64](n-r-1))
	}
	check("AllgathervInt64", err, ok)
	texts, err := c.AllgathervBytes([]byte(strings.Repeat("x", me)))
	for r := range texts {
		ok = ok && string(texts[r]) == strings.Repeat("x", r)
	}
	check("AllgathervBytes", err, ok)

	gathered, err := c.GatherBytes(fmt.Append(nil, "rank ", me))
	ok = (gathered == nil) == (me != 0)
	for r := range gathered {
		ok = ok && string(gathered[r]) == fmt.Sprint("rank ", r)
	}
	check("GatherBytes", err, ok)

	for root := range n {
		text, err := c.BcastBytes([]byte(strings.Repeat("ab", me)), root)
		check("BcastBytes", err, string(text) == strings.Repeat("ab", root))
	}
	_, err = c.BcastBytes(nil, n)
	check("BcastBytes from nobody", nil, err != nil)

	for op, want := range []float64{mpi.Sum: float64(n*(n-1)) / 2, mpi.Min: 0, mpi.Max: float64(n - 1)} {
		f, i := []float64{float64(me), 0}, []int64{int64(me)}
		check("AllreduceFloat64", c.AllreduceFloat64(mpi.Op(op), f), f[0] == want)
		check("AllreduceInt64", c.AllreduceInt64(mpi.Op(op), i), i[0] == int64(want))
	}
	check("AllreduceInt64 of nothing", c.AllreduceInt64(mpi.Sum, nil), true)
	if len(errs) == 0 {
		fmt.Println("all is well on rank", me)
	}
	return errors.Join(errs...)
}

func bytesOf[T int64 | float64](n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(n*100 + i)
	}
	return s
}

func equal[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestCollectives(t *testing.T) {
	for _, np := range []int{1, 2, 4} {
		out, code := mpitest.Run(t, np, "collectives")
		if code != 0 || strings.Count(out, "all is well") != np {
			t.Errorf("%d ranks: exit code %d:\n%s", np, code, out)
		}
	}
}

func TestFailureOfOneRankEndsAll(t *testing.T) {
	out, code := mpitest.Run(t, 3, "fail")
	if code != 1 || strings.Count(out, "netsim: rank 2 of 3: no more membrane") != 1 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestAgreedFailureStopsInOrder(t *testing.T) {
	// mpirun ends the other process as soon as one has ended with an error, at times before it has printed its line.
	out, code := mpitest.Run(t, 2, "agree")
	if code != 3 || !strings.Contains(out, "returned: all of us") || strings.Contains(out, "MPI_ABORT") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestAbortWhileWaiting(t *testing.T) {
	if out, code := mpitest.Run(t, 2, "abort"); code != 17 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestKilledRankEndsAll(t *testing.T) {
	begin := time.Now()
	out, code := mpitest.Run(t, 4, "die")
	if code == 0 || time.Since(begin) > 20*time.Second {
		t.Errorf("exit code %d after %v:\n%s", code, time.Since(begin), out)
	}
}

func TestPanicsSurviveMPI(t *testing.T) {
	if out, code := mpitest.Run(t, 2, "nil"); code != 0 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestWithoutLauncher(t *testing.T) {
	mpitest.Available(t) // the library needs its runtime even for one rank
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "NETSIM_MPI_TEST=collectives", "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "all is well") != 1 {
		t.Errorf("%v:\n%s", err, out)
	}
}

// A launcher of another MPI library: every process takes itself for the only one.
func TestForeignLauncherIsRefused(t *testing.T) {
	mpitest.Available(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "NETSIM_MPI_TEST=collectives", "MV2_COMM_WORLD_SIZE=8", "OMPI_ALLOW_RUN_AS_ROOT=1",
		"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "started 8 processes") {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestLaunched(t *testing.T) {
	for _, name := range []string{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "PALS_SIZE", "SLURM_STEP_NUM_TASKS",
		"PMIX_RANK", "PMI_RANK", "ALPS_APP_PE"} {
		t.Setenv(name, "")
	}
	for _, c := range []struct {
		name, value string
		want        bool
	}{
		{"SLURM_NTASKS", "8", false}, // the batch script itself has this one
		{"OMPI_COMM_WORLD_SIZE", "1", false},
		{"OMPI_COMM_WORLD_SIZE", "2", true},
		{"PMI_SIZE", "4", true},
		{"PMIX_RANK", "0", true},
		{"SLURM_STEP_NUM_TASKS", "3", true},
		{"SLURM_STEP_NUM_TASKS", "many", false},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			t.Setenv(c.name, c.value)
			if got := mpi.Launched(); got != c.want {
				t.Errorf("launched: %v, want %v", got, c.want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	if v := mpi.Version(); v == "" || strings.ContainsAny(v, "\n\x00") {
		t.Errorf("version %q", v)
	}
}
