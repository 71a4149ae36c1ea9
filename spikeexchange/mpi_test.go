package spikeexchange

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
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
	if err := mpi.Run(func(c *mpi.Comm) error { return roles[role](NewMPI(c)) }); err != nil {
		fmt.Println("returned:", err)
		os.Exit(3)
	}
}

var roles = map[string]func(*MPI) error{
	"exchange": exchangeRandom,
	"reduce":   reduce,
	"fail": func(x *MPI) error {
		// Ranks 1 and 2 fail in the third interval, while rank 0 exchanges.
		for k := range 10 {
			var err error
			if k == 2 && x.Rank() > 0 {
				err = fmt.Errorf("trouble in interval %d of %d", k, x.Rank())
			}
			if err != nil {
				err = x.FirstError(err)
			} else {
				_, err = x.Exchange([]Spike{{uint64(x.Rank()), 1}})
			}
			if err != nil {
				if again := x.Barrier(); again != err {
					return fmt.Errorf("after a failure: %v", again)
				}
				if most, e := x.AllreduceInt64(Max, int64(x.Rank())); e != nil || most != int64(x.Size()-1) {
					return fmt.Errorf("exit code %d, %v", most, e)
				}
				if again := x.FirstError(errors.New("later")); again != err {
					return fmt.Errorf("after a failure: %v", again)
				}
				return err
			}
		}
		return errors.New("nobody noticed")
	},
	"badspike": func(x *MPI) error {
		var s []Spike
		if x.Rank() == 1 {
			s = []Spike{{5, math.NaN()}}
		}
		_, err := x.Exchange(s)
		return err
	},
	"mismatch": func(x *MPI) error {
		if x.Rank() == 1 {
			_, err := x.MinDelay(1)
			return err
		}
		return x.Barrier()
	},
	"die": func(x *MPI) error {
		for k := range 1 << 30 {
			if k == 1000 && x.Rank() == 1 {
				p, err := os.FindProcess(os.Getpid())
				if err != nil {
					return err
				}
				if err := p.Kill(); err != nil {
					return err
				}
				time.Sleep(time.Minute)
			}
			if _, err := x.Exchange(nil); err != nil {
				return err
			}
		}
		return nil
	},
	"time": func(x *MPI) error {
		for _, n := range []int{0, 1, 7, 8, 100, 1000} {
			s := make([]Spike, n)
			for i := range s {
				s[i] = Spike{uint64(i*x.Size() + x.Rank()), float64(i) * 0.01}
			}
			if err := x.Barrier(); err != nil {
				return err
			}
			begin := time.Now()
			const rounds = 2000
			for range rounds {
				if _, err := x.Exchange(s); err != nil {
					return err
				}
			}
			if x.Rank() == 0 {
				fmt.Printf("%d ranks, %4d spikes each: %.2f µs per exchange\n", x.Size(), n,
					float64(time.Since(begin).Nanoseconds())/1e3/rounds)
			}
		}
		return nil
	},
}

// exchangeRandom: every rank can compute every rank's spikes, so each checks
// that it got the whole, sorted.
func exchangeRandom(x *MPI) error {
	total := 0
	for k := range uint64(400) {
		var want, mine []Spike
		for r := range x.Size() {
			rnd := rand.New(rand.NewPCG(k, uint64(r)))
			n := rnd.IntN([]int{1, 4, 9, 16, 300}[rnd.IntN(5)])
			for range n {
				s := Spike{uint64(rnd.IntN(20)*x.Size() + r), float64(rnd.IntN(10)) * 0.025}
				want = append(want, s)
				if r == x.Rank() {
					mine = append(mine, s)
				}
			}
		}
		before := slices.Clone(mine)
		got, err := x.Exchange(mine)
		if err != nil {
			return err
		}
		if !slices.Equal(got, sorted(want)) || !slices.Equal(mine, before) {
			return fmt.Errorf("interval %d: %d spikes, want %d: %v", k, len(got), len(want), got)
		}
		total += len(got)
	}
	fmt.Println("all the same:", total)
	return x.Barrier()
}

func reduce(x *MPI) error {
	n, me := x.Size(), x.Rank()
	// In rank order this sum is 1; in another it can be 0.
	v := []float64{1e300, -1e300, 1, 0}[me%4]
	sum, err := x.AllreduceFloat64(Sum, v)
	if err != nil {
		return err
	}
	if n == 4 && sum != 1 {
		return fmt.Errorf("the sum in rank order is %v", sum)
	}
	most, err1 := x.AllreduceFloat64(Max, float64(me))
	least, err2 := x.AllreduceInt64(Min, int64(-me))
	count, err3 := x.AllreduceInt64(Sum, 1)
	delay := math.Inf(1)
	if me == n-1 {
		delay = 0.75
	}
	d, err4 := x.MinDelay(delay)
	if most != float64(n-1) || least != int64(1-n) || count != int64(n) || d != 0.75 {
		return fmt.Errorf("max %v, min %v, sum %v, delay %v", most, least, count, d)
	}
	list, err5 := x.GatherJSON(map[string]int{"rank": me})
	if (list != nil) != (me == 0) {
		return fmt.Errorf("gathered %v", list)
	}
	for r, m := range list {
		if string(m) != fmt.Sprintf(`{"rank":%d}`, r) {
			return fmt.Errorf("gathered %s from %d", m, r)
		}
	}
	b, err6 := x.BcastBytes([]byte{byte(me)})
	if len(b) != 1 || b[0] != 0 {
		return fmt.Errorf("rank 0 says %v", b)
	}
	fmt.Println("fine")
	return errors.Join(err1, err2, err3, err4, err5, err6, x.FirstError(nil))
}

func TestMPIExchange(t *testing.T) {
	for _, np := range []int{1, 2, 4} {
		out, code := mpitest.Run(t, np, "exchange")
		if code != 0 || strings.Count(out, "all the same:") != np {
			t.Errorf("%d ranks: exit code %d:\n%s", np, code, out)
		}
	}
}

func TestMPIReductions(t *testing.T) {
	for _, np := range []int{1, 2, 4} {
		out, code := mpitest.Run(t, np, "reduce")
		if code != 0 || strings.Count(out, "fine") != np {
			t.Errorf("%d ranks: exit code %d:\n%s", np, code, out)
		}
	}
}

// allSay tells whether every rank that got to say what it returned said this. The first process to end with an error makes
// mpirun end the others, at times before they have printed.
func allSay(out, what string) bool {
	n := strings.Count(out, "returned: ")
	return n > 0 && n == strings.Count(out, "returned: "+what)
}

func TestMPILowestFailingRankSpeaks(t *testing.T) {
	out, code := mpitest.Run(t, 4, "fail")
	if code != 3 || !allSay(out, "rank 1: trouble in interval 2 of 1") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	out, code = mpitest.Run(t, 2, "badspike")
	if code != 3 || !allSay(out, "rank 1: cell 5: spike time NaN ms") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestMPIMismatchIsFoundOut(t *testing.T) {
	out, code := mpitest.Run(t, 2, "mismatch")
	if code != 3 || !allSay(out, "rank 1: is in MinDelay while rank 0 is in Barrier") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestMPIKilledRankEndsAll(t *testing.T) {
	begin := time.Now()
	out, code := mpitest.Run(t, 4, "die")
	took := time.Since(begin)
	if code == 0 || took > 20*time.Second {
		t.Errorf("exit code %d after %v:\n%s", code, took, out)
	}
	t.Logf("all ended after %v", took)
}

func BenchmarkMPIExchange(b *testing.B) {
	np := 2
	if n, err := strconv.Atoi(os.Getenv("NETSIM_BENCH_RANKS")); err == nil {
		np = n
	}
	out, code := mpitest.Run(b, np, "time")
	if code != 0 {
		b.Fatal(out)
	}
	for _, line := range regexp.MustCompile(`\d+ ranks.*`).FindAllString(out, -1) {
		b.Log(line)
	}
}
