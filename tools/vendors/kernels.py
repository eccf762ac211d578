"""Which programs there are: parts of cl/ joined as the host joins them, and their parameters."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
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
        if "-DVARIANT=1" in defines.split():
            continue  # the register tile: its private blocks fit a processor's cache, no GPU's
        program = Program(op, tuple(parts.split(",")), tuple(defines.split()))
        programs.setdefault(program[1:], program)  # passes of an operator share programs
    # What a processor would take, a work-item a group, comes last for devices that are none.
    return sorted(programs.values(), key=lambda p: "-DWG=1" in p.defines)


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
