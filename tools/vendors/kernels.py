"""Which programs there are: parts of cl/ joined as the host joins them, and their parameters."""

import functools
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
CLANG = next(filter(shutil.which, ("clang-19", "clang-15", "clang-14", "clang")), None)
SHARED = ("common", "reduce", "rng")  # parts that others are joined behind


class Program(NamedTuple):
    op: str
    parts: tuple
    defines: tuple  # ("-DWG=64", ...)


def from_visage(visage):
    """What `visage ops --programs` prints: OP, PARTS and OPTIONS, a tab between."""
    said = subprocess.run([visage, "ops", "--programs"], capture_output=True, text=True,
                          check=True).stdout
    programs = {}
    for line in said.splitlines():
        op, parts, defines = (line.split("\t") + [""])[:3]
        program = Program(op, tuple(parts.split(",")), tuple(defines.split()))
        if not for_processors(program):
            programs.setdefault(program[1:], program)  # passes of an operator share programs
    return list(programs.values())


def for_processors(program):
    """A work-item a group, or the register tile: no GPU runs these."""
    return not {"-DWG=1", "-DVARIANT=1"}.isdisjoint(program.defines)


def parts_lists():
    """Every `.parts = { "common", ... }` of the host's files."""
    for file in sorted((ROOT / "src").rglob("*.c")):
        for found in re.findall(r"\.parts\s*=\s*\{([^}]*)\}", file.read_text("utf-8")):
            yield tuple(re.findall(r'"(\w+)"', found))


def with_defaults():
    """Every kernel file with no parameters: as the host joins it, or behind the shared parts."""
    named = set(parts_lists())
    lists = set()
    for file in sorted((ROOT / "cl").glob("*.cl")):
        if file.stem in SHARED:
            lists.add(SHARED[:SHARED.index(file.stem) + 1])
        else:
            lists |= {parts for parts in named if file.stem in parts} or {(*SHARED, file.stem)}
    return [Program(parts[-1], parts, ()) for parts in sorted(lists)]


def source(program):
    """The program's text; a compiler's message names the kernel file and its line."""
    text = ""
    for part in program.parts:
        path = f"cl/{part}.cl"
        text += f'#line 1 "{path}"\n' + (ROOT / path).read_text("utf-8") + "\n"
    return text


@functools.lru_cache(maxsize=None)
def expanded(program):
    """Its text with the parameters put in, which is all that a compiler sees of them."""
    if not CLANG:
        return source(program) + " ".join(program.defines)
    return subprocess.run([CLANG, "-E", "-P", "-x", "cl", "-cl-std=CL1.2", *program.defines, "-"],
                          input=source(program), capture_output=True, text=True, check=True).stdout


def distinct(programs):
    """Each text once, by its first program."""
    found = {}
    for program in programs:
        found.setdefault(expanded(program), program)
    return list(found.values())
