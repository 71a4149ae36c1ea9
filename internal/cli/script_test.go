package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"netsim/internal/cli"
	"netsim/spikeexchange"
)

// TestMain lets the scripts run netsim as a command of their own process.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"netsim": func() {
			os.Exit(cli.Main(os.Args[1:], cli.Process{
				Stdout: os.Stdout,
				Stderr: os.Stderr,
				MPI:    func() string { return "none" },
				Ranks: func(f func(spikeexchange.Exchanger) error) error {
					return f(spikeexchange.NewLocal())
				},
			}))
		},
	})
}

// TestScripts runs testdata/script: what a user types, and what the command answers.
func TestScripts(t *testing.T) {
	example, err := filepath.Abs(filepath.Join("..", "..", "examples", "column"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLE", example)
			return os.CopyFS(filepath.Join(e.WorkDir, "column"), os.DirFS(example))
		},
	})
}
