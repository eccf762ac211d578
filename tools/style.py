#!/usr/bin/env python3
"""Checks how files are written: clang-format 14 on C, and a few rules on everything.

    style.py [ROOT]

Exits 1 naming each offence as FILE:LINE, 77 (skipped) where only clang-format 14 is missing.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

COLUMNS = 100
REFERENCE_COLUMNS = 120   # tools/parity, formulas in PyTorch
FOLDERS = ("src", "cl", "tests", "tools", ".ci")
ENDINGS = {".c", ".h", ".cl", ".py", ".sh"}


def is_text(path):
    if path.suffix in ENDINGS:
        return True
    return path.suffix == "" and path.read_bytes()[:2] == b"#!"


def check_lines(path, lines):
    columns = REFERENCE_COLUMNS if path.parent.name == "parity" else COLUMNS
    for number, line in enumerate(lines, 1):
        if len(line) > columns:
            yield number, f"{len(line)} columns, {columns} are allowed"
        if "\t" in line:
            yield number, "a tab"
        if line != line.rstrip():
            yield number, "blanks at the end"
        if path.suffix == ".cl" and not line.isascii():
            yield number, "kernels are ASCII: some vendors' compilers take nothing else"


def check_kernel(lines):
    """A kernel file begins with its layouts, and every default can be overridden by its name."""
    if not lines or not lines[0].startswith(("//", "/*")):
        yield 1, "a kernel file begins with a comment: layouts, and how work is divided"
    for number, line in enumerate(lines[:-1], 1):
        guard = re.fullmatch(r"#ifndef (\w+)", line.strip())
        if guard and not re.match(rf"\s*#\s*define {guard[1]}\b", lines[number]):
            yield number, f"#ifndef {guard[1]} is followed by its #define"


def check_file(path):
    text = path.read_text("utf-8")
    lines = text.splitlines()
    yield from check_lines(path, lines)
    if text and not text.endswith("\n"):
        yield len(lines), "no line feed at the end"
    if path.suffix == ".h" and not text.startswith("#pragma once\n"):
        yield 1, "a header begins with #pragma once"
    if path.suffix == ".cl":
        yield from check_kernel(lines)


def find_clang_format():
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name):
            said = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
            if re.search(r"version 14\.", said):
                return name
    return None


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    every = (f for folder in FOLDERS for f in sorted((root / folder).rglob("*")))
    files = [f for f in every if f.is_file() and is_text(f)]
    offences = [f"{f}:{n}: {what}" for f in files for n, what in check_file(f)]
    print("\n".join(offences), end="\n" if offences else "")

    formatted = [str(f) for f in files if f.suffix in (".c", ".h")]
    tool = find_clang_format()
    failed = bool(offences)
    if tool and formatted:
        failed |= subprocess.run([tool, "--dry-run", "-Werror", *formatted]).returncode != 0
    if not failed:
        print(f"ok {len(files)} files, {len(formatted)} of them with {tool or 'no clang-format'}")
    if not tool:
        print("SKIPPED in part: clang-format 14 is not here (Debian 12: clang-format)")
    sys.exit(1 if failed else 0 if tool else 77)


main()
