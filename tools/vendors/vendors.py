#!/usr/bin/env python3
"""Compiles what GPUs run for devices that are not here, and says what they would hold.

    vendors.py amd|nvidia|intel [--visage BUILD/visage] [--out FOLDER] [--every]

Writes FOLDER/<vendor>.txt: a line a kernel with registers, spills and local memory, then the
warnings.  The programs are those of `visage ops --programs` that a GPU would run; without --visage,
every kernel file with its default parameters.  Programs whose text is the same once parameters are
put in are one, and what was compiled once is not compiled again.

Each program is compiled for one of the vendor's devices, in turn, and for all of them if it is the
first with its parts and switches (parameters that are nowhere but 0 or 1): the rest differs from it
by numbers that follow from a shape.  --every: each program for each device.

Exit 1 where a program does not compile, 77 (skipped) where the vendor's compiler is not here.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import kernels

CLANG = "clang-19"
LIBCLC = "libclc-19"
AT_ONCE = 2
ONE_COMPILE_S = 300

CLANG_FLAGS = ("-x", "cl", "-cl-std=CL1.2", "-O3", "-nogpulib", "-Wall", "-Wno-unused-function")


class Missing(Exception):
    """A compiler that cannot be had here."""


class Kernel(NamedTuple):
    name: str
    registers: int
    spills: int         # registers of AMD, bytes of NVIDIA
    scratch_bytes: int  # a work-item: spills and arrays that found no register
    local_bytes: int    # a group
    waves: int          # a SIMD, AMD only; 0 where it is not known


# Where a compiler comes from.

def need(tool, package, beside=()):
    for candidate in (tool, *beside):
        if shutil.which(candidate):
            return candidate
    raise Missing(f"no {tool} ({package})")


def fetch_libclc(out):
    """The package is unpacked, not installed: it cannot be installed beside Mesa's libclc-15."""
    folder = out / LIBCLC
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=out) as work:
            try:
                subprocess.run(["apt-get", "download", "-q", LIBCLC], cwd=work, check=True,
                               capture_output=True, text=True, timeout=300)
                deb = next(Path(work).glob("*.deb"))
                subprocess.run(["dpkg", "-x", deb, Path(work) / "root"], check=True)
            except (OSError, subprocess.SubprocessError, StopIteration) as e:
                why = (getattr(e, "stderr", None) or str(e)).strip().splitlines()[-1]
                raise Missing(f"no {LIBCLC} from apt-get download: {why}") from e
            (Path(work) / "root").rename(folder)
    return folder / "usr/lib/clc"


# A vendor: the commands that compile FILE into the folder of work, and what their words mean.

class Amd:
    targets = ("gfx906", "gfx908", "gfx90a", "gfx942", "gfx1030", "gfx1100")

    def __init__(self, out):
        self.clang = need(CLANG, "Debian: clang-19")
        self.library = fetch_libclc(out) / "amdgcn--amdhsa.bc"

    def commands(self, target, defines):
        return [[self.clang, *CLANG_FLAGS, "-target", "amdgcn--amdhsa", f"-mcpu={target}",
                 "-Xclang", "-mlink-builtin-bitcode", "-Xclang", str(self.library),
                 "-Rpass-analysis=kernel-resource-usage", *defines, "-c", "k.cl", "-o", "k.o"]]

    def read(self, said):
        for part in re.split(r"remark: Function Name: ", said)[1:]:
            def number(what, part=part):
                found = re.search(re.escape(what) + r": (\d+)", part)
                return int(found[1]) if found else 0  # not every device has AGPRs
            yield Kernel(part.split()[0], number("VGPRs") + number("AGPRs"),
                         number("VGPRs Spill"),  # scalar ones go to lanes, not to memory
                         number("ScratchSize [bytes/lane]"), number("LDS Size [bytes/block]"),
                         number("Occupancy [waves/SIMD]"))


class Nvidia:
    targets = ("sm_80", "sm_90", "sm_100")
    front = {"sm_100": "sm_90"}  # clang 19 knows no newer one; its PTX is good for them

    def __init__(self, out):
        self.clang = need(CLANG, "Debian: clang-19")
        self.library = fetch_libclc(out) / "nvptx64--nvidiacl.bc"
        try:
            self.ptxas = need("ptxas", "CUDA toolkit", ["/usr/local/cuda/bin/ptxas"])
        except Missing:
            self.ptxas = None
            print("no ptxas (CUDA toolkit): compiled to PTX, registers are not known")

    def commands(self, target, defines):
        march = self.front.get(target, target)
        made = [[self.clang, *CLANG_FLAGS, "--target=nvptx64-unknown-nvidiacl", f"-march={march}",
                 "-Xclang", "-mlink-builtin-bitcode", "-Xclang", str(self.library),
                 *defines, "-S", "k.cl", "-o", "k.ptx"]]
        if self.ptxas:
            made.append([self.ptxas, "-v", f"-arch={target}", "k.ptx", "-o", "k.cubin"])
        return made

    def read(self, said):
        for part in re.split(r"Compiling entry function '", said)[1:]:
            def number(pattern, part=part):
                found = re.search(pattern, part)
                return int(found[1]) if found else 0
            yield Kernel(part.split("'")[0], number(r"Used (\d+) registers"),
                         number(r"(\d+) bytes spill stores") + number(r"(\d+) bytes spill loads"),
                         number(r"(\d+) bytes stack frame"), number(r"(\d+) bytes smem"), 0)


class Intel:
    """Whether it builds, and where it spills: ocloc of Debian 12 says nothing else of registers."""

    targets = ("gen9", "tgllp", "dg2", "pvc")

    def __init__(self, out):
        self.ocloc = need("ocloc", "Debian: intel-opencl-icd")

    def commands(self, target, defines):
        options = " ".join(["-cl-std=CL1.2", *defines])
        return [[self.ocloc, "compile", "-file", "k.cl", "-device", target, "-options", options,
                 "-out_dir", "."]]

    def read(self, said):
        return ()


VENDORS = {"amd": Amd, "nvidia": Nvidia, "intel": Intel}


# Compiling, at most once a content.

def versions(commands):
    return [subprocess.run([c[0], "--version"], capture_output=True, text=True).stdout
            for c in commands]


# meson fills what is freed with a number of its own, drawn anew each time, to find mistakes in our
# programs; with some of them Intel's compiler aborts now and then without a word, on any kernel.
ENV = {name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"}


def compile_one(commands, text):
    """Runs the commands in a folder of their own: (the first failure's status or 0, the words)."""
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "k.cl").write_text(text)
        said = ""
        for command in commands:
            try:
                run = subprocess.run(command, cwd=work, text=True, timeout=ONE_COMPILE_S, env=ENV,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            except subprocess.TimeoutExpired:
                return 124, said + f"did not end within {ONE_COMPILE_S} s\n"
            said += run.stdout
            if run.returncode != 0:
                return run.returncode, said
    return 0, said


class Compiler:
    def __init__(self, vendor, out):
        self.vendor, self.cache = vendor, out / "cache"
        self.cache.mkdir(parents=True, exist_ok=True)
        self.version = versions(vendor.commands(vendor.targets[0], ()))

    def __call__(self, job):
        """(status, words)."""
        program, target = job
        commands = self.vendor.commands(target, ())
        text = kernels.source(program)  # too: a vendor's compiler may take another #if
        words = repr((commands, self.version, text, kernels.expanded(program)))
        entry = self.cache / f"{hashlib.sha256(words.encode()).hexdigest()}.json"
        if entry.exists():
            return json.loads(entry.read_text())
        commands = self.vendor.commands(target, program.defines)
        result = compile_one(commands, text)
        if result[0] == 0:
            part = entry.with_suffix(".part")
            part.write_text(json.dumps(result))
            part.rename(entry)
        return result


# What it says.

def title(program):
    return " ".join([program.op, *program.defines])


def complaints(said):
    """Each line of a warning or an error once: ocloc repeats them."""
    lines = [line for line in said.splitlines() if re.search(r"\b(warning|error)\b", line)]
    return list(dict.fromkeys(lines))


def report(vendor, jobs, results, path):
    """Writes the table; returns the numbers of kernels, spilling, warnings, failed."""
    row = "{:8} {:36} {:>5} {:>6} {:>7} {:>6} {:>5}  {}\n".format
    table, spills, warnings, failed = "", [], [], []
    count = 0
    for (program, target), result in sorted(zip(jobs, results), key=lambda done: done[0]):
        status, said = result
        where = f"{target} {title(program)}"
        if status != 0:
            failed.append(f"{where}: status {status}\n{said.strip()}\n")
            print("FAILED", where, *complaints(said)[:3], sep="\n  ")
            continue
        for line in complaints(said):
            (spills if "spilled" in line else warnings).append(f"{where}: {line}")
        found = list(vendor.read(said))
        count += len(found)
        for k in found:
            table += row(target, k.name, k.registers, k.spills, k.scratch_bytes, k.local_bytes,
                         k.waves or "-", title(program))
            if k.spills or k.scratch_bytes:
                spills.append(f"{where}: {k.name}: {k.spills} spills, {k.scratch_bytes} bytes")
        if not found and isinstance(vendor, Intel):
            table += row(target, "-", "-", "-", "-", "-", "-", title(program))
    head = row("device", "kernel", "regs", "spills", "scratch", "local", "waves", "program")
    path.write_text(head + table + section("spills", spills) + section("warnings", warnings)
                    + section("failed", failed))
    return count, len(spills), len(warnings), len(failed)


def section(name, lines):
    return f"\n{name}: {len(lines)}\n" + "".join(f"  {line}\n" for line in lines)


def kinds(programs):
    """What tells each program from others but for numbers: its parts and its switches."""
    numbers = {(p.parts, d.split("=")[0]) for p in programs for d in p.defines
               if not re.search(r"=[01]$", d)}
    return [(p.parts, *(d for d in p.defines if (p.parts, d.split("=")[0]) not in numbers))
            for p in programs]


def pairs(programs, targets, every):
    """The programs and devices to compile, as the top of this file says."""
    seen, found = set(), []
    for i, (program, kind) in enumerate(zip(programs, kinds(programs))):
        wanted = targets if every or kind not in seen else [targets[i % len(targets)]]
        found += [(program, target) for target in wanted]
        seen.add(kind)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vendor", choices=VENDORS)
    parser.add_argument("--visage", help="the program that lists the programs")
    parser.add_argument("--out", type=Path, default=kernels.ROOT / "build/vendors")
    parser.add_argument("--every", action="store_true", help="each program for each device")
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    try:
        vendor = VENDORS[args.vendor](args.out.resolve())
    except Missing as e:
        print(f"skipped: {args.vendor}: {e}")
        sys.exit(77)
    programs = kernels.with_defaults()
    if args.visage:
        programs += kernels.from_visage(args.visage)
    programs = kernels.distinct(programs)
    jobs = pairs(programs, vendor.targets, args.every)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(Compiler(vendor, args.out), jobs))
    path = args.out / f"{args.vendor}.txt"
    count, spilling, warnings, failed = report(vendor, jobs, results, path)
    resources = (f"{count} kernels, " if count else "") + f"{spilling} with spills or scratch, "
    print(f"note: {args.vendor}: {len(programs)} programs, {len(jobs)} compiled for "
          f"{', '.join(vendor.targets)}: {resources}{warnings} warnings, {failed} failed; {path}")
    sys.exit(failed > 0 or not jobs)


main()
