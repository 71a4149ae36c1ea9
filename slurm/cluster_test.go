package slurm_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is a Slurm of one node with four processors: munged, slurmctld and slurmd of this machine in a folder of their
// own, on loopback and free ports, without systemd.
type cluster struct {
	t   *testing.T
	dir string
	env []string
}

// tools are what a cluster needs: Debian's packages munge, slurm-wlm and openmpi-bin.
var tools = []string{"munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "scancel", "mpirun"}

// startCluster skips the test where Slurm is not installed. All processes end with the test.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	path := os.Getenv("PATH") + ":/usr/local/sbin:/usr/sbin:/sbin" // where the daemons are
	t.Setenv("PATH", path)
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("Slurm is not here: %s is missing; apt-get install slurm-wlm munge openmpi-bin", tool)
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	// Not t.TempDir: sockets have short paths.
	dir, err := os.MkdirTemp("", "slurm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: dir}
	for _, sub := range []string{"munge", "state", "spool", "work"} {
		if err := os.Mkdir(c.path(sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	key := make([]byte, 1024)
	rand.Read(key)
	c.write("munge/key", key, 0o400)
	ctld, d := freePort(t), freePort(t)
	c.write("slurm.conf", fmt.Appendf(nil, `ClusterName=test
SlurmctldHost=%[1]s(127.0.0.1)
SlurmUser=%[2]s
SlurmdUser=%[2]s
AuthType=auth/munge
# A requeued job waits until its old credential has expired: 5 s instead of two minutes.
AuthInfo=socket=%[3]s/munge/sock,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=%[3]s/state
SlurmdSpoolDir=%[3]s/spool
SlurmctldPidFile=%[3]s/ctld.pid
SlurmdPidFile=%[3]s/d.pid
SlurmctldPort=%[4]d
SlurmdPort=%[5]d
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,defer
# Four processors whatever the machine has.
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
JobRequeue=1
NodeName=%[1]s NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=p Nodes=%[1]s Default=YES MaxTime=INFINITE State=UP OverTimeLimit=0
`, host, me.Username, dir, ctld, d), 0o644)
	// Jobs must not take themselves for steps of a job that this test runs in.
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SLURM_") && !strings.HasPrefix(v, "OMPI_") && !strings.HasPrefix(v, "PMI") {
			c.env = append(c.env, v)
		}
	}
	c.env = append(c.env, "SLURM_CONF="+c.path("slurm.conf"), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	t.Setenv("SLURM_CONF", c.path("slurm.conf"))

	c.daemon("munged", "--foreground", "--force", "--key-file="+c.path("munge/key"), "--socket="+c.path("munge/sock"),
		"--pid-file="+c.path("munge/pid"), "--log-file="+c.path("munge/log"), "--seed-file="+c.path("munge/seed"))
	c.until("munged has its socket", 10*time.Second, func() bool {
		_, err := os.Stat(c.path("munge/sock"))
		return err == nil
	})
	c.daemon("slurmctld", "-D", "-f", c.path("slurm.conf"))
	c.daemon("slurmd", "-D", "-f", c.path("slurm.conf"))
	c.until("the node is idle", 30*time.Second, func() bool {
		out, err := c.command("sinfo", "--noheader", "--format=%T").Output()
		return err == nil && strings.TrimSpace(string(out)) == "idle"
	})
	// Before the daemons go (cleanups run from the last to the first): no job may outlive them.
	t.Cleanup(c.endJobs)
	return c
}

func (c *cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *cluster) write(name string, text []byte, mode os.FileMode) string {
	c.t.Helper()
	if err := os.WriteFile(c.path(name), text, mode); err != nil {
		c.t.Fatal(err)
	}
	return c.path(name)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// daemon starts a process that ends with the test.
func (c *cluster) daemon(name string, args ...string) {
	c.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Dir = c.env, c.dir
	// Should the test itself be killed, its daemons go too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
	c.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		timer := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		timer.Stop()
		if c.t.Failed() {
			c.t.Logf("%s said:\n%s", name, tail(said.String(), 40))
		}
	})
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// command is a command in the cluster's environment, run in its folder work.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Dir = c.env, c.path("work")
	return cmd
}

// run returns what a command prints, and fails the test when it fails.
func (c *cluster) run(name string, args ...string) string {
	c.t.Helper()
	cmd := c.command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func (c *cluster) until(what string, limit time.Duration, done func() bool) {
	c.t.Helper()
	for end := time.Now().Add(limit); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("not after %v: %s", limit, what)
		}
	}
}

// job returns the fields of a job as scontrol shows them.
func (c *cluster) job(id string) map[string]string {
	c.t.Helper()
	fields := map[string]string{}
	for _, f := range strings.Fields(c.run("scontrol", "--oneliner", "show", "job", id)) {
		if key, value, ok := strings.Cut(f, "="); ok {
			fields[key] = value
		}
	}
	return fields
}

// ended waits for the end of a job and returns its fields.
func (c *cluster) ended(id string, limit time.Duration) (fields map[string]string) {
	c.t.Helper()
	c.until("job "+id+" ended", limit, func() bool {
		fields = c.job(id)
		switch fields["JobState"] {
		case "COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL":
			return true
		}
		return false
	})
	return fields
}

// said is what a job wrote.
func (c *cluster) said(fields map[string]string) string {
	c.t.Helper()
	text, err := os.ReadFile(fields["StdOut"])
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// endJobs cancels all jobs and waits for their processes. What is left then is a fault, and is killed.
func (c *cluster) endJobs() {
	if ids := strings.Fields(c.run("squeue", "--noheader", "--format=%A")); len(ids) > 0 {
		c.command("scancel", ids...).Run() // some may have ended just now
	}
	left := map[int]string{}
	defer func() {
		for id, exe := range left {
			c.t.Errorf("process %d (%s) outlived its job", id, exe)
			syscall.Kill(id, syscall.SIGKILL)
		}
	}()
	c.until("all jobs are gone", 40*time.Second, func() bool {
		left = c.processes()
		return c.run("squeue", "--noheader") == "" && len(left) == 0
	})
}

// processes are the running processes of jobs, id → program: those that have this cluster's configuration in their
// environment, but for the daemons.
func (c *cluster) processes() map[int]string {
	found := map[int]string{}
	entries, _ := filepath.Glob("/proc/[0-9]*/environ")
	mark := []byte("SLURM_CONF=" + c.path("slurm.conf"))
	for _, e := range entries {
		text, err := os.ReadFile(e)
		if err != nil || !bytes.Contains(text, mark) {
			continue
		}
		exe, err := os.Readlink(filepath.Join(filepath.Dir(e), "exe"))
		if err != nil { // it has ended
			continue
		}
		switch strings.TrimSuffix(filepath.Base(exe), "-wlm") { // Debian's suffix
		case "munged", "slurmctld", "slurmd":
			continue
		}
		if id, err := strconv.Atoi(filepath.Base(filepath.Dir(e))); err == nil {
			found[id] = exe
		}
	}
	return found
}
