package lower

import (
	"fmt"

	"netsim/nmodl/ast"
)

// Limits that no real mechanism comes near; a file beyond them is refused instead of taking all memory or time.
const (
	maxWork    = 1 << 21 // statements and expressions of one program, those of called functions counted where they are called
	maxInstrs  = 1 << 20 // operations of one program
	maxColumns = 1 << 18 // variables of an instance, elements of arrays counted
	maxStates  = 512     // of one system of linear equations, or of METHOD sparse
	maxNewton  = 128     // of one system that Newton's method solves: its program grows with the square
	maxRows    = 1 << 22 // of a TABLE; values of all TABLEs
	maxCalls   = 256     // functions expanded inside each other
)

// tooLarge is what lowering panics with beyond a limit.
type tooLarge struct {
	pos  ast.Pos
	what string
}

// spend counts one statement or expression of the program at hand.
func (c *compiler) spend(pos ast.Pos) {
	if c.work++; c.work > maxWork {
		panic(tooLarge{pos, fmt.Sprintf("a program of more than %d statements and expressions once calls and loops are expanded", maxWork)})
	}
}

// bounded runs one attempt at a program with a budget of its own. It reports whether a limit was passed, which is
// recorded.
func (c *compiler) bounded(name string, f func()) (passed bool) {
	saved := c.work
	c.work = 0
	defer func() {
		c.work = saved
		if r := recover(); r != nil {
			big, ok := r.(tooLarge)
			if !ok {
				panic(r)
			}
			c.unsupported(big.pos, "%s: %s", name, big.what)
			passed = true
		}
	}()
	f()
	return false
}
