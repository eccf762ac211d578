#!/usr/bin/env python3
"""Writes a C file that holds texts: a constant a file, named on the command line.

    embed_text.py HEADER OUT.c NAME=FILE...

HEADER, as it is included, declares the constants: extern const char NAME[].
"""

import sys
from pathlib import Path

ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "?": "\\?"}


def literal(text, where):
    """A C string a line, so that no literal grows long and the C file can be read."""
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (line.isascii() and line.replace("\t", "").isprintable()):
            sys.exit(f"{where}:{number}: only printable ASCII can be embedded")
        lines.append('        "' + "".join(ESCAPES.get(c, c) for c in line) + '\\n"')
    return "\n".join(lines or ['        ""'])


def main():
    if len(sys.argv) < 4 or not all("=" in word for word in sys.argv[3:]):
        sys.exit("usage: embed_text.py HEADER OUT.c NAME=FILE...")
    pieces = [f'#include "{sys.argv[1]}"\n']
    for word in sys.argv[3:]:
        name, _, file = word.partition("=")
        pieces.append(f"const char {name}[] =\n{literal(Path(file).read_text('utf-8'), file)};\n")
    Path(sys.argv[2]).write_text("\n".join(pieces))


if __name__ == "__main__":
    main()
