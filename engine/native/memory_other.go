//go:build !linux || !amd64

package native

import "errors"

// Available tells whether this machine runs the code that Compile makes for a level.
func (Level) Available() bool { return false }

func mapCode(int, func([]byte)) ([]byte, error) {
	return nil, errors.New("no machine code for this system")
}

func unmapCode([]byte) {}
