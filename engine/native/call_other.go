//go:build !amd64

package native

import "unsafe"

func invoke(_, _, _ unsafe.Pointer, _, _, _, _ int) {
	panic("native: no machine code for this processor")
}
