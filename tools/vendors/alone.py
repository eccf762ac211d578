#!/usr/bin/env python3
"""Compiles every kernel file with no parameters given: each has defaults, and no warning.

    alone.py

Exit 1 on an error or a warning, 77 where no clang is there.  PoCL brings one.
"""

import subprocess
import sys

import kernels

FLAGS = ("-x", "cl", "-cl-std=CL1.2", "-fsyntax-only", "--target=spir64-unknown-unknown",
         "-Xclang", "-finclude-default-header", "-Wall", "-Werror")


def main():
    if not kernels.CLANG:
        print("skipped: no clang (Debian: clang-15)")
        sys.exit(77)
    programs = kernels.with_defaults()
    wrong = 0
    for program in programs:
        run = subprocess.run([kernels.CLANG, *FLAGS, "-"], input=kernels.source(program), text=True,
                             cwd=kernels.ROOT)
        if run.returncode != 0:
            print(f"FAILED {program.op}: {', '.join(program.parts)}")
            wrong += 1
    print(f"{len(programs) - wrong} of {len(programs)} programs without parameters build: "
          f"{kernels.CLANG}")
    sys.exit(wrong > 0 or not programs)


main()
