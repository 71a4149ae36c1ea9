#!/usr/bin/env python3
"""Traces one mechanism in NEURON under a protocol of `netsim mod trace` and writes the same CSV.

usage: neuron_trace.py FILE.mod|NAME PROTOCOL.json OUT.csv [--with OTHER.mod ...] [--missing]
       neuron_trace.py --batch JOBS.json RESULTS.json      (for validation/traces/compare)

NAME is a mechanism that comes with NEURON (hh, ExpSyn, ...). A file whose mechanism has the name of one of those is
compiled under another name, since NEURON refuses it otherwise. --with compiles further files, whose mechanisms the
protocol's "insert" may name. --missing leaves a column of nan where NEURON has no variable of a recorded name.

One compartment, nseg = 1. Before each fadvance v is set to the clamp's value, and ion variables and values of POINTERs
that change in time to theirs. Events of one weight come from one NetCon without delay. Row 0 is the state after
finitialize, which delivers the events of t = 0. With "seed", stream k of the instance is named (seed, 0, k): the k-th
RANDOM variable; arguments 3k+1 to 3k+3 of a PROCEDURE that names streams by numbers; argument k+1, a Random with
Random123(seed, 0, k) and uniform(0, 1), of one that takes Random objects. Needs NEURON 9 (pip install neuron) and, for
.mod files, a C++ compiler.
"""
import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile

DEFAULTS = {
    "dt": 0.025, "tstop": 50, "celsius": 34, "v_init": -65, "L": 20, "diam": 20, "cm": 1, "Ra": 100,
    "parameters": {}, "clamp": [], "iclamp": [], "events": [], "ions": {}, "pointers": {}, "insert": [], "record": None,
    "seed": None, "calls": [],
}
HEAD = re.compile(r"\b(SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)(\s+)(\w+)")
RENAMED = "_user"


def strip_comments(text):
    text = re.sub(r"(?ms)^\s*COMMENT\b.*?^\s*ENDCOMMENT\b[^\n]*", "", text)
    text = re.sub(r"(?ms)^\s*VERBATIM\b.*?^\s*ENDVERBATIM\b[^\n]*", "", text)
    return re.sub(r"[:?][^\n]*", "", text)


def mechanism_name(path):
    """(keyword, name) of a .mod file; the name is the file's when it states none."""
    m = HEAD.search(strip_comments(read_text(path)))
    if m:
        return m.group(1), m.group(3)
    return "SUFFIX", os.path.splitext(os.path.basename(path))[0]


STREAMS = re.compile(r"nrnran123_newstream|nrnran123_setids|random_setids|set_seed|nrn_random_arg")


def blocks(text):
    """(names of formal arguments, text) of every PROCEDURE and FUNCTION of a .mod file, by name."""
    out = {}
    text = re.sub(r"(?ms)^\s*COMMENT\b.*?^\s*ENDCOMMENT\b[^\n]*", "", text)
    for m in re.finditer(r"\b(?:PROCEDURE|FUNCTION)\s+(\w+)\s*\(([^{]*?)\)[^{)]*\{", text):
        depth, end = 1, m.end()
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        out[m.group(1)] = ([a for a in re.sub(r"\([^)]*\)", "", m.group(2)).split(",") if a.strip()], text[m.end():end])
    return out


def stream_setters(text):
    """The PROCEDUREs that name random streams: (name, number of numbers, number of Random objects)."""
    out = []
    for name, (args, body) in blocks(text).items():
        if not STREAMS.search(body):
            continue
        numbers = len(args) or max([int(k) for k in re.findall(r"\bgetarg\s*\(\s*(\d+)\s*\)", body)], default=0)
        randoms = 0 if numbers else max([int(k) for k in re.findall(r"\bnrn_random_arg\s*\(\s*(\d+)\s*\)", body)], default=0)
        if numbers + randoms:
            out.append((name, numbers, randoms))
    return out


def random_variables(text):
    return [n for m in re.finditer(r"(?m)^\s*RANDOM\s+(\w+(?:\s*,\s*\w+)*)", strip_comments(text)) for n in re.split(r"\s*,\s*", m.group(1))]


def source_of(name):
    """Text of the .mod file of a mechanism that comes with NEURON, else nothing."""
    for folder, _, files in os.walk(data_folder()):
        for f in files:
            if f.endswith(".mod") and mechanism_name(os.path.join(folder, f))[1] == name:
                return read_text(os.path.join(folder, f))
    return ""


def read_text(path):
    with open(path, encoding="latin-1") as f:
        return f.read()


def data_folder():
    import importlib.util

    base = os.path.dirname(importlib.util.find_spec("neuron").origin)
    for sub in (".data", "data"):
        if os.path.isdir(os.path.join(base, sub)):
            return os.path.join(base, sub)
    return os.path.dirname(os.path.dirname(sys.executable))


def tool(name):
    beside = os.path.join(os.path.dirname(sys.executable), name)
    if os.path.exists(beside):
        return beside
    inner = os.path.join(data_folder(), "bin", name)
    return inner if os.path.exists(inner) else name


def builtin_names():
    code = (
        "from neuron import h\n"
        "r=h.ref('')\n"
        "for k in (0,1):\n"
        " m=h.MechanismType(k)\n"
        " for i in range(int(m.count())):\n"
        "  m.select(i); m.selected(r); print(r[0])\n"
    )
    with tempfile.TemporaryDirectory() as empty:
        out = subprocess.run([sys.executable, "-c", code], cwd=empty, stdout=subprocess.PIPE, text=True, check=True)
    return set(out.stdout.split())


def place(path, folder, taken):
    """Copies a .mod file with what it may INCLUDE; returns the mechanism's name in NEURON."""
    _, name = mechanism_name(path)
    with open(path, encoding="latin-1", newline="") as f:
        text = f.read()
    if name in taken:
        head = HEAD.search(text)
        text = text[: head.end(3)] + RENAMED + text[head.end(3):]
        name += RENAMED
    with open(os.path.join(folder, os.path.basename(path)), "w", encoding="latin-1", newline="") as f:
        f.write(text)
    source = os.path.dirname(os.path.abspath(path))
    for other in os.listdir(source):
        if other.endswith((".inc", ".h")) or re.search(r'INCLUDE\s*"%s"' % re.escape(other), text):
            shutil.copy(os.path.join(source, other), folder)
    return name


def compile_mods(folder):
    """Runs nrnivmodl; returns its output when it fails, else None."""
    p = subprocess.run([tool("nrnivmodl")], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return None if p.returncode == 0 else p.stdout


class Missing(Exception):
    """NEURON has no variable of that name."""


def kind_of(h, name):
    ref = h.ref("")
    for k in (0, 1):
        mt = h.MechanismType(k)
        for i in range(int(mt.count())):
            mt.select(i)
            mt.selected(ref)
            if ref[0] == name:
                return "density" if k == 0 else "artificial" if mt.is_artificial(i) else "point"
    raise SystemExit(f"NEURON has no mechanism {name}")


def range_names(h, name):
    """Names of the variables of a mechanism: STATE, ASSIGNED, PARAMETER; elements of arrays one by one."""
    out = []
    ref = h.ref("")
    for kind in (3, 2, 1):
        ms = h.MechanismStandard(name, kind)
        for i in range(int(ms.count())):
            n = int(ms.name(ref, i))
            base = ref[0][: -len(name) - 1] if ref[0].endswith("_" + name) else ref[0]
            out += [base] if n <= 1 else [f"{base}[{k}]" for k in range(n)]
    return out


def element(name):
    """Base and index of an array's element, None for another name."""
    m = re.fullmatch(r"(\w+)\[(\d+)\](\w*)", name)
    return (m.group(1) + m.group(3), int(m.group(2))) if m else (name, None)


class Compartment:
    def __init__(self, h, name, p, shown=None, text=""):
        self.h, self.name, self.p = h, name, p
        self.shown = shown or name
        self.kind = kind_of(h, name)
        self.section = sec = h.Section(name="soma")
        sec.L, sec.diam, sec.nseg, sec.cm, sec.Ra = p["L"], p["diam"], 1, p["cm"], p["Ra"]
        self.seg = sec(0.5)
        self.owner = None
        if self.kind == "density":
            sec.insert(name)
        for other in p["insert"]:
            sec.insert(other)
        if self.kind == "point":
            self.owner = getattr(h, name)(self.seg)
        elif self.kind == "artificial":
            self.owner = getattr(h, name)()
        self.ions = [m.name()[:-4] for m in self.seg if m.name().endswith("_ion")]
        for key, value in p["parameters"].items():
            self.write(key, value)
        for ion, values in p["ions"].items():
            for key, value in values.items():
                first = value if isinstance(value, (int, float)) else value[0][1]
                if key != "e" + ion:
                    setattr(h, f"{key}0_{ion}_ion", first)
                setattr(self.seg, key, first)
        self.values = {}  # Vectors that POINTERs refer to
        for key, value in p["pointers"].items():
            if isinstance(value, str):
                ref = self.reference(value)
            else:
                self.values[key] = h.Vector([value if isinstance(value, (int, float)) else value[0][1]])
                ref = self.values[key]._ref_x[0]
            h.setpointer(ref, key, self.mechanism())
        self.objects = []  # what NEURON's mechanisms refer to
        if p["seed"] is not None:
            self.seed_streams(text)
        for procedure, *args in p["calls"]:
            self.call(procedure, [h.Vector(a) if isinstance(a, list) else a for a in args])
        self.clamps = []
        for delay, dur, amp in p["iclamp"]:
            c = h.IClamp(self.seg)
            c.delay, c.dur, c.amp = delay, dur, amp
            self.clamps.append(c)
        self.cons = {}
        for _, weight in p["events"]:
            if weight not in self.cons:
                nc = h.NetCon(None, self.owner)
                nc.delay, nc.weight[0] = 0, weight
                self.cons[weight] = nc
        self.spikes = None
        if self.kind == "artificial":
            self.spikes = h.Vector()
            self.out = h.NetCon(self.owner, None)
            self.out.record(self.spikes)

    def mechanism(self):
        return self.owner if self.owner is not None else getattr(self.seg, self.name)

    def reference(self, name):
        """A reference to a variable of the compartment."""
        if name == "v":
            return self.seg._ref_v
        base, index = element(name)
        for obj, attr in self.places(base):
            try:
                ref = getattr(obj, "_ref_" + attr)
                return ref if index is None else ref[index]
            except (AttributeError, NameError, TypeError, LookupError, RuntimeError, ValueError):
                continue
        raise SystemExit(f"NEURON has no variable {name} of {self.name}")

    def seed_streams(self, text):
        """Names the random streams as netsim does (see above)."""
        h, seed = self.h, self.p["seed"]
        for k, name in enumerate(random_variables(text)):
            r = getattr(self.mechanism(), name)
            r.set_ids(seed, 0, k)
            r.set_seq(0)
        for name, numbers, randoms in stream_setters(text):
            args = [(seed, 0, k // 3)[k % 3] for k in range(numbers)]
            for k in range(randoms):
                r = h.Random()
                r.Random123(seed, 0, k)
                r.uniform(0, 1)
                args.append(r)
            self.call(name, args)

    def call(self, procedure, args):
        self.objects += args
        if self.owner is not None:
            getattr(self.owner, procedure)(*args)
        else:
            getattr(self.h, "setdata_" + self.name)(self.seg)
            getattr(self.h, f"{procedure}_{self.name}")(*args)

    def places(self, name):
        """Where a variable may be, in order: (object, attribute)."""
        base = name
        if self.shown != self.name and name.endswith("_" + self.shown):
            base = name[: -len(self.shown) - 1]
        suffixed = f"{base}_{self.name}"
        if self.owner is not None:
            return [(self.owner, base), (self.seg, name), (self.h, suffixed)]
        ion = [(self.seg, name)] if any(name in (f"i{i}", f"e{i}", f"{i}i", f"{i}o") for i in self.ions) else []
        return ion + [(self.seg, suffixed), (self.h, suffixed), (self.seg, base)]

    def reader(self, name):
        """A function that reads a variable."""
        if name == "v":
            return lambda: self.seg.v
        base, index = element(name)
        for obj, attr in self.places(base):
            try:
                x = getattr(obj, attr)
                x = x[index] if index is not None else x
                float(x)
            except (AttributeError, NameError, TypeError, LookupError, RuntimeError, ValueError):
                continue
            if index is not None:
                return lambda: getattr(obj, attr)[index]
            return lambda: getattr(obj, attr)
        raise Missing(name)

    def write(self, name, value):
        base, index = element(name)
        for obj, attr in self.places(base):
            try:
                x = getattr(obj, attr)
                if index is not None:
                    x[index] = value
                else:
                    float(x)
                    setattr(obj, attr, value)
                return
            except (AttributeError, NameError, TypeError, LookupError, RuntimeError, ValueError):
                continue
        raise SystemExit(f"NEURON has no parameter {name} of {self.name}")

    def names(self):
        if self.p["record"] is not None:
            return list(self.p["record"])
        out = [] if self.kind == "artificial" else ["v"]
        ions = [v for i in self.ions for v in (f"i{i}", f"e{i}", f"{i}i", f"{i}o")] if self.kind != "artificial" else []
        for n in range_names(self.h, self.name) + ions + sorted(self.p["pointers"]):
            if n not in out:
                out.append(n)
        return out

    def run(self, missing=False):
        h, p = self.h, self.p
        names, readers = [], []
        for n in self.names():
            try:
                readers.append(self.reader(n))
            except Missing:
                if not missing:
                    raise SystemExit(f"NEURON has no variable {n} of {self.name}")
                readers.append(lambda: math.nan)
            names.append(n)
        waves = [(lambda x: setattr(self.seg, "v", x), p["clamp"])] if p["clamp"] else []
        for key, v in p["pointers"].items():
            if isinstance(v, list) and len(v) > 1:
                waves.append((lambda x, vec=self.values[key]: vec.__setitem__(0, x), v))
        for values in p["ions"].values():
            waves += [(lambda x, k=k: setattr(self.seg, k, x), v) for k, v in values.items() if isinstance(v, list) and len(v) > 1]
        h.secondorder = 0
        h.celsius, h.dt = p["celsius"], p["dt"]

        def send():
            for t, weight in p["events"]:
                self.cons[weight].event(t)

        handler = h.FInitializeHandler(1, send)  # after INITIAL, before what is due at t = 0 is delivered
        h.finitialize(p["v_init"])
        del handler
        rows, count = [], 0

        def sample():
            nonlocal count
            row = [h.t] + [float(r()) for r in readers]
            if self.spikes is not None:
                n = int(self.spikes.size())
                row.append(float(n - count))
                count = n
            rows.append(row)

        sample()
        at = [0] * len(waves)
        for k in range(int(math.floor(p["tstop"] / p["dt"] + 0.5))):
            now = k * p["dt"]
            for w, (put, wave) in enumerate(waves):
                while at[w] < len(wave) and wave[at[w]][0] <= now + 1e-9:
                    at[w] += 1
                if at[w]:
                    put(wave[at[w] - 1][1])
            h.fadvance()
            sample()
        header = ["t"] + names + (["spike"] if self.spikes is not None else [])
        return header, rows


def write_csv(path, header, rows):
    with open(path, "w") as f:
        f.write(",".join(header) + "\n")
        for row in rows:
            f.write(",".join("%.17g" % x for x in row) + "\n")


def read_protocol(path):
    with open(path) as f:
        given = json.load(f)
    unknown = [k for k in given if k not in DEFAULTS]
    if unknown:
        raise SystemExit(f"{path}: unknown keys {', '.join(unknown)}")
    return {**DEFAULTS, **given}


def single(a):
    p = read_protocol(a.protocol)
    out = os.path.abspath(a.out)
    text = read_text(a.file) if a.file.endswith(".mod") else source_of(a.file)
    with tempfile.TemporaryDirectory(prefix="neuron-trace-") as folder:
        name = shown = a.file
        if a.file.endswith(".mod"):
            taken = builtin_names()
            name = place(a.file, folder, taken)
            _, shown = mechanism_name(a.file)
            for f in a.others:
                place(f, folder, taken)
            failed = compile_mods(folder)
            if failed:
                raise SystemExit("nrnivmodl failed:\n" + failed)
        os.chdir(folder)
        from neuron import h

        write_csv(out, *Compartment(h, name, p, shown, text).run(a.missing))


# Batches: many files in one library, each traced in a process of its own.


def forked(job, seconds):
    """Traces one job in a child, which may crash or hang; returns an error text or None."""
    import signal
    import time

    log = job["out"] + ".log"
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        code = 1
        try:
            from neuron import h

            write_csv(job["out"], *Compartment(h, job["name"], read_protocol(job["protocol"]), job["shown"], read_text(job["file"])).run(True))
            code = 0
        except BaseException as e:  # the parent shall know, whatever it is
            os.write(2, f"{type(e).__name__}: {e}\n".encode())
        finally:
            os._exit(code)
    for _ in range(int(seconds * 20)):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        time.sleep(0.05)
    else:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return "no end after %g s" % seconds
    if status == 0:
        return None
    with open(log, errors="replace") as f:
        text = f.read()
    return (text.strip() or f"the process ended with status {status}")[-400:]


def library(folder, jobs, results):
    """Runs the jobs of one compiled folder in a child that has loaded it."""
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        found = {}
        code = 1
        try:
            from neuron import h  # noqa: F401  loads the library

            for job in jobs:
                found[job["id"]] = forked(job, 60)
            code = 0
        finally:
            with open(os.path.join(folder, "found.json"), "w") as f:
                json.dump(found, f)
            os._exit(code)
    os.waitpid(pid, 0)
    try:
        with open(os.path.join(folder, "found.json")) as f:
            found = json.load(f)
    except OSError:
        found = {}
    for job in jobs:
        text = found.get(job["id"], "the library could not be loaded")
        results[job["id"]].update({"ran": text is None, "error": text or ""})


def batch(jobs_path, results_path):
    with open(jobs_path) as f:
        work = json.load(f)
    taken = builtin_names()
    results = {}
    groups = []  # (jobs, names of mechanisms, names of files)
    for job in work["jobs"]:
        with tempfile.TemporaryDirectory(prefix="nocmodl-") as folder:
            job["name"] = place(job["file"], folder, taken)
            job["shown"] = mechanism_name(job["file"])[1]
            base = os.path.basename(job["file"])
            p = subprocess.run([tool_nocmodl(), base], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
            results[job["id"]] = {"accepted": p.returncode == 0, "message": "" if p.returncode == 0 else p.stdout[-400:],
                                  "compiled": False, "ran": False, "error": ""}
        if p.returncode or not job.get("protocol"):
            keep(work, [job], results)
            continue
        for jobs, names, files in groups:
            if len(jobs) < work["per_library"] and job["name"] not in names and base.lower() not in files:
                break
        else:
            jobs, names, files = [], set(), set()
            groups.append((jobs, names, files))
        jobs.append(job)
        names.add(job["name"])
        files.add(base.lower())
    for jobs, _, _ in groups:
        build(jobs, work, taken, results)
        keep(work, jobs, results)
    with open(results_path, "w") as f:
        json.dump(results, f, indent=1)


def keep(work, jobs, results):
    """Leaves each job's result in a file of its own, so that a later run need not do it again."""
    for job in jobs:
        with open(os.path.join(work["folder"], job["id"] + ".result"), "w") as f:
            json.dump(results[job["id"]], f)


def tool_nocmodl():
    inner = os.path.join(data_folder(), "bin", "nocmodl")
    return inner if os.path.exists(inner) else "nocmodl"


def errors_in(output):
    """The compiler's errors, without the rest."""
    lines = [line.strip() for line in output.splitlines() if "error" in line.lower() and "***" not in line]
    return "; ".join(lines)[:400] or output[-400:]


def build(jobs, work, taken, results):
    folder = tempfile.mkdtemp(prefix="library-", dir=work["folder"])
    for f in [j["file"] for j in jobs] + sorted({w for j in jobs for w in j.get("with", [])}):
        place(f, folder, taken)
    failed = compile_mods(folder)
    while failed and len(jobs) > 1:
        # What does not compile is taken out; make keeps the rest.
        broken = set(re.findall(r"/(\w+)\.o\] Error", failed))
        bad = [j for j in jobs if os.path.splitext(os.path.basename(j["file"]))[0] in broken]
        if not bad or len(bad) == len(jobs):
            shutil.rmtree(folder)
            half = len(jobs) // 2
            build(jobs[:half], work, taken, results)
            build(jobs[half:], work, taken, results)
            return
        for j in bad:
            results[j["id"]]["error"] = "nrnivmodl failed: " + errors_in(failed)
            os.remove(os.path.join(folder, os.path.basename(j["file"])))
        jobs = [j for j in jobs if j not in bad]
        failed = compile_mods(folder)
    if failed:
        results[jobs[0]["id"]]["error"] = "nrnivmodl failed: " + errors_in(failed)
    else:
        for j in jobs:
            results[j["id"]]["compiled"] = True
        library(folder, jobs, results)
        bad = [j for j in jobs if results[j["id"]]["error"] == "the library could not be loaded"]
        if bad and len(jobs) > 1:
            half = len(jobs) // 2
            build(jobs[:half], work, taken, results)
            build(jobs[half:], work, taken, results)
    shutil.rmtree(folder, ignore_errors=True)


def main():
    if sys.argv[1:2] == ["--batch"] and len(sys.argv) == 4:
        return batch(sys.argv[2], sys.argv[3])
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file")
    p.add_argument("protocol")
    p.add_argument("out")
    p.add_argument("--with", dest="others", action="append", default=[])
    p.add_argument("--missing", action="store_true")
    single(p.parse_args())


if __name__ == "__main__":
    main()
