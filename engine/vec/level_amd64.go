package vec

import "golang.org/x/sys/cpu"

// bestLevel returns what the processor and the operating system support.
func bestLevel() Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA || !x.HasBMI2:
		return Go
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL:
		return AVX512
	}
	return AVX2
}

func useLevel(l Level) {
	switch l {
	case AVX2:
		useAVX2()
	case AVX512:
		useAVX512()
	}
}
