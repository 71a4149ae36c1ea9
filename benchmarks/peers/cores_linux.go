package peers

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// OnCores calls start so that the process it starts runs on the given cores only; nil for all.
func OnCores(cores []int, start func() error) error {
	if cores == nil {
		return start()
	}
	// A new process inherits the mask of the thread that makes it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, wanted unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return fmt.Errorf("could not read the cores of this process: %w", err)
	}
	for _, c := range cores {
		wanted.Set(c)
	}
	if err := unix.SchedSetaffinity(0, &wanted); err != nil {
		return fmt.Errorf("could not choose the cores %v: %w", cores, err)
	}
	err := start()
	if restore := unix.SchedSetaffinity(0, &before); err == nil {
		err = restore
	}
	return err
}

// LastCores are the n highest of the cores that this process may use, nil if there are not more than n.
func LastCores(n int) []int {
	var mask unix.CPUSet
	if unix.SchedGetaffinity(0, &mask) != nil || mask.Count() <= n {
		return nil
	}
	var cores []int
	for c := len(mask) * 64; c >= 0 && len(cores) < n; c-- {
		if mask.IsSet(c) {
			cores = append(cores, c)
		}
	}
	return cores
}
