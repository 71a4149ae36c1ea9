"""The other end of the harness: a line of JSON when the model is built, then one for each line "run FILE" on stdin.
Whatever else is printed, by the simulators' C++ too, goes to the file given to open_log."""
import ctypes
import json
import os
import re
import sys
import time

_answers = os.fdopen(os.dup(1), "w", buffering=1)
_log = None


def open_log(path):
    global _log
    _log = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    os.dup2(_log, 1)


def printed_since(mark):
    """What was printed after a mark of log_size()."""
    sys.stdout.flush()
    ctypes.CDLL(None).fflush(None)
    return os.pread(_log, 1 << 22, mark).decode(errors="replace")


def log_size():
    printed_since(0)
    return os.lseek(_log, 0, os.SEEK_END)


def resident():
    """Resident memory in bytes."""
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def solver_seconds(mark):
    """CoreNEURON's own figure, which leaves the copying of the model out."""
    return float(re.findall(r"Solver Time\s*:\s*([0-9.]+)", printed_since(mark))[-1])


def tell(**answer):
    _answers.write(json.dumps(answer) + "\n")


def serve(run):
    """run() returns seconds, the spikes as (gid, ms) and, if it likes, potentials at the end (mV)."""
    for line in sys.stdin:
        path = line.rstrip("\n").removeprefix("run ")
        wall, cpu = time.perf_counter(), time.process_time()
        seconds, spikes, *rest = run()
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
        with open(path, "w") as f:
            for gid, t in sorted(spikes, key=lambda s: (s[1], s[0])):
                f.write(f"{gid} {t:.12g}\n")
            for v in rest[0] if rest else ():
                f.write(f"v {v:.17g}\n")
        tell(seconds=seconds, spikes=len(spikes), rss=resident(), share=share)
