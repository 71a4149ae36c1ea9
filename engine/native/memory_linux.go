//go:build linux && amd64

package native

import (
	"fmt"

	"golang.org/x/sys/cpu"
	"golang.org/x/sys/unix"
)

// Available tells whether this machine runs the code that Compile makes for a level.
func (l Level) Available() bool {
	x := &cpu.X86
	if !x.HasAVX2 || !x.HasFMA || !x.HasBMI2 {
		return false
	}
	return l == AVX2 || x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL
}

// mapCode maps memory, lets fill write it and makes it executable.
func mapCode(size int, fill func([]byte)) ([]byte, error) {
	m, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("could not map memory for machine code: %w", err)
	}
	fill(m)
	if err := unix.Mprotect(m, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		_ = unix.Munmap(m) // nothing else can be done with it
		return nil, fmt.Errorf("the system does not let memory become executable: %w", err)
	}
	return m, nil
}

func unmapCode(m []byte) { _ = unix.Munmap(m) } // it can only fail for an address that is no mapping
