package lower_test

import (
	"os"
	"path/filepath"
	"testing"

	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

func countOps(c *program.Code) map[string]int {
	n := map[string]int{}
	if c == nil {
		return n
	}
	for _, i := range c.Instrs {
		switch i.Op {
		case program.OpExp, program.OpDiv, program.OpPow, program.OpLog:
			n[i.Op.String()]++
		default:
			n["other"]++
		}
	}
	return n
}

// TestFastOperations shows what the passes save in hh.
func TestFastOperations(t *testing.T) {
	nobody := func(string) bool { return false }
	files := []string{filepath.Join("..", "..", "mechanisms", "hh.mod")}
	more, _ := filepath.Glob(filepath.Join(os.Getenv("NETSIM_SHOW")))
	for _, file := range append(files, more...) {
		exact := compileFile(t, file, lower.Options{NoTable: true, Observe: nobody})
		fast := compileFile(t, file, lower.Options{Fast: true, Observe: nobody})
		t.Logf("%s cur %v -> %v", exact.Name, countOps(exact.Cur.Vector), countOps(fast.Cur.Vector))
		t.Logf("%s state %v -> %v", exact.Name, countOps(exact.State.Vector), countOps(fast.State.Vector))
		if testing.Verbose() && os.Getenv("NETSIM_SHOWTEXT") != "" {
			t.Log("\n" + exact.Text())
			t.Log("\n" + fast.Text())
		}
		for _, n := range fast.Notes {
			t.Log(n)
		}
	}
}
