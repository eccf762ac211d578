#!/usr/bin/env python3
"""Checks which way includes point: the table below against src, tools and tests.

    layers.py [ROOT]

Prints `ok` and a layer's number of files, or each offence as FILE:LINE, and exits 1 on one.
"""

import re
import sys
from pathlib import Path

MAY_INCLUDE = {
    "base": "base",
    "dev": "base dev",
    "graph": "base dev graph",
    "op": "base graph op",
    "net": "base graph op net",
    "data": "base data",
    "method": "base graph op net data method",
    "task": "base graph op net data task",
    "bench": "base dev graph bench",
    "report": "base report",
}
EVERYTHING = " ".join(MAY_INCLUDE) + " tools tests"

# Entries of these lists in meson.build stand alone: none includes another of its kind.
LISTS = {"op": "ops", "method": "methods", "task": "tasks"}

INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')
PRINTS = re.compile(r"\b(printf|puts|putchar|vprintf)\s*\(|\bstdout\b")
MAIN = re.compile(r"int\s+main\s*\(")


def read_lists(root):
    text = (root / "meson.build").read_text("utf-8")
    entries = {}
    for layer, name in LISTS.items():
        found = re.search(rf"^{name} = \[(.*?)\]", text, re.M | re.S)
        entries[layer] = set(re.findall(r"'(\w+)'", found[1])) if found else set()
    return entries


def is_own(stem, other):
    """conv2d.c, and conv2d_pack.c beside it, may include conv2d.h."""
    return stem == other or stem.startswith(other + "_") or other.startswith(stem + "_")


def offence_of_include(layer, path, bracket, name, entries):
    if bracket == "<":
        if name.startswith("CL/") and layer not in ("dev", "tools", "tests"):
            return "OpenCL is called by dev alone"
        if name == "clblast_c.h" and path.stem != "gemm" and layer not in ("tools", "tests"):
            return "CLBlast is called by dev/gemm alone"
        return None
    target, slash, rest = name.partition("/")
    if not slash and name.endswith("_table.h"):
        return None  # written by the build from a list of meson.build
    if not slash:
        return f'"{name}" is written without its layer'
    allowed = MAY_INCLUDE.get(layer, EVERYTHING).split()
    if target not in allowed:
        return f'{layer} may not include "{name}": {" ".join(allowed)} only'
    other = Path(rest).stem
    if target == layer and other in entries.get(layer, ()) and not is_own(path.stem, other):
        return f'"{name}" is another {layer}'
    return None


def check_file(layer, path, entries):
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        what = found and offence_of_include(layer, path, found[1], found[2], entries)
        if layer in MAY_INCLUDE and not what:
            code = re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]
            if not code.lstrip().startswith("*"):
                what = PRINTS.search(code) and "src never prints"
                what = what or (MAIN.search(code) and "src has no main()")
        if what:
            yield f"{path}:{number}: {what}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    entries = read_lists(root)
    offences = []
    known = {f"src/{layer}" for layer in MAY_INCLUDE}
    for folder in sorted(known) + ["tools", "tests"]:
        files = sorted((root / folder).rglob("*.[ch]"))
        layer = folder.removeprefix("src/")
        found = [o for f in files for o in check_file(layer, f, entries)]
        offences += found
        if not found:
            print(f"ok {layer}: {len(files)} files")
    for path in sorted((root / "src").rglob("*.[ch]")):
        if path.parent.relative_to(root).as_posix() not in known:
            offences.append(f"{path}: in no layer of src")
    print("\n".join(offences), end="\n" if offences else "")
    sys.exit(bool(offences))


main()
