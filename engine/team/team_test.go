package team

import (
	"runtime"
	"testing"
	"time"
)

// TestInStep holds that all members do every job and that a barrier inside it makes plain variables safe: what was
// written before it is read after it, also what its last member did. Run with -race.
func TestInStep(t *testing.T) {
	const jobs, rounds = 20, 200
	for _, n := range []int{1, 2, 3, 4, 9} {
		team := New(n)
		said := make([]int, n)
		wrong := make([]int, n)
		sum := 0
		b := NewBarrier(n, func() {
			sum = 0
			for _, x := range said {
				sum += x
			}
		})
		job := func(member int) {
			for k := range rounds {
				said[member] = k * (member + 1)
				b.Wait(member)
				if sum != k*n*(n+1)/2 {
					wrong[member]++
				}
				b.Wait(member) // before anybody speaks again
			}
		}
		for range jobs {
			team.Do(job)
		}
		for member, k := range wrong {
			if k > 0 {
				t.Errorf("%d members: member %d read %d wrong sums of %d", n, member, k, jobs*rounds)
			}
		}
		team.Close()
	}
}

// TestSleepers holds that a member that waits long sleeps instead of watching, and is woken.
func TestSleepers(t *testing.T) {
	b := NewBarrier(2, nil)
	woken := make(chan bool)
	go func() {
		b.Wait(1)
		woken <- true
	}()
	for b.asleep.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	b.Wait(0)
	<-woken
	if b.asleep.Load() != 0 {
		t.Error("somebody still counts as asleep")
	}
}

// TestNoAllocation holds that jobs and barriers allocate nothing.
func TestNoAllocation(t *testing.T) {
	team := New(2)
	defer team.Close()
	b := NewBarrier(2, func() {})
	job := func(member int) {
		for range 10 {
			b.Wait(member)
		}
	}
	if got := testing.AllocsPerRun(100, func() { team.Do(job) }); got > 0 {
		t.Errorf("%g allocations a job", got)
	}
}

// TestClose holds that no goroutine stays behind.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		team := New(4)
		team.Do(func(int) {})
		team.Close()
	}
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// BenchmarkBarrier: ns for two members to meet.
func BenchmarkBarrier(b *testing.B) {
	team := New(2)
	defer team.Close()
	barrier := NewBarrier(2, nil)
	n := b.N
	b.ResetTimer()
	team.Do(func(member int) {
		for range n {
			barrier.Wait(member)
		}
	})
}

// BenchmarkDo: ns for a job that does nothing.
func BenchmarkDo(b *testing.B) {
	team := New(2)
	defer team.Close()
	for b.Loop() {
		team.Do(func(int) {})
	}
}
