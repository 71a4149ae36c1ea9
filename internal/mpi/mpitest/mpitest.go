// Package mpitest runs a test of a package again as the ranks of an MPI job.
package mpitest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

const variable = "NETSIM_MPI_TEST"

// Role is the work a child process is to do, "" in the test itself. TestMain
// looks at it before it runs any test.
func Role() string { return os.Getenv(variable) }

// Available skips a test where there is no mpirun.
func Available(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("mpirun"); err != nil {
		t.Skip("mpirun is not installed: this test of several ranks did not run")
	}
}

// Start gives the command that runs this test program as np ranks in a role.
// The environment gets the further variables.
func Start(ctx context.Context, t testing.TB, np int, role string, env ...string) *exec.Cmd {
	t.Helper()
	Available(t)
	args := []string{"--oversubscribe", "-np", fmt.Sprint(np)}
	for _, e := range append([]string{variable + "=" + role}, env...) {
		name, _, _ := strings.Cut(e, "=")
		args = append(args, "-x", name)
	}
	cmd := exec.CommandContext(ctx, "mpirun", append(args, os.Args[0])...)
	cmd.Env = append(os.Environ(), variable+"="+role, "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
		// Machines for tests have fewer cores than ranks and no network.
		"OMPI_MCA_btl=self,vader", "OMPI_MCA_mpi_yield_when_idle=1", "OMPI_MCA_btl_base_warn_component_unused=0")
	cmd.Env = append(cmd.Env, env...)
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// one job at a time: jobs of several ranks that share few cores slow each
// other down more than they gain.
var one sync.Mutex

// Run runs this test program as np ranks in a role and returns what they wrote
// and the exit code of mpirun.
func Run(t testing.TB, np int, role string, env ...string) (output string, code int) {
	t.Helper()
	Available(t)
	one.Lock()
	defer one.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := Start(ctx, t, np, role, env...)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%d ranks in %q did not end in time:\n%s", np, role, out)
	}
	if cmd.ProcessState == nil {
		t.Fatalf("could not run mpirun: %v", err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
