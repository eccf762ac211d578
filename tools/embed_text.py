#!/usr/bin/env python3
"""Writes a C file that holds one text as a string.

    embed_text.py TEXT NAME OUT.c
"""

import json
import sys
from pathlib import Path


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: embed_text.py TEXT NAME OUT.c")
    lines = Path(sys.argv[1]).read_text("ascii").splitlines()
    strings = "\n".join("    " + json.dumps(line + "\n") for line in lines)
    Path(sys.argv[3]).write_text(
        f"extern const char {sys.argv[2]}[];\nconst char {sys.argv[2]}[] =\n{strings};\n")


main()
