package native

import "unsafe"

// invoke calls machine code. The pointers must stay referenced by the caller's data.
//
//go:noescape
func invoke(code, table, scratch unsafe.Pointer, first, last, row, instance int)
