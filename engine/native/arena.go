package native

import "unsafe"

// Arena holds the machine code of one engine in executable memory. Memory is written first and made executable then,
// never both at once.
type Arena struct {
	maps [][]byte
}

// Add makes routines callable.
func (a *Arena) Add(list []*Routine) error {
	size := 0
	for _, r := range list {
		size += (len(r.code) + 63) &^ 63
	}
	if size == 0 {
		return nil
	}
	m, err := mapCode(size, func(memory []byte) {
		at := 0
		for _, r := range list {
			copy(memory[at:], r.code)
			at += (len(r.code) + 63) &^ 63
		}
	})
	if err != nil {
		return err
	}
	a.maps = append(a.maps, m)
	at := 0
	for _, r := range list {
		r.entry = unsafe.Pointer(&m[at])
		at += (len(r.code) + 63) &^ 63
	}
	return nil
}

// Close frees the memory; no routine of the arena may be called any more.
func (a *Arena) Close() {
	for _, m := range a.maps {
		unmapCode(m)
	}
	a.maps = nil
}
