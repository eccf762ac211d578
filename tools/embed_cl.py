#!/usr/bin/env python3
"""Writes one C file that holds the texts of cl/*.cl and cl/tune/*.tune (src/dev/clfiles.h).

    embed_cl.py CL_FOLDER OUT.c [DEPFILE]

The depfile names every text and both folders, so that a file added or removed is seen as well.
"""

import sys
from pathlib import Path

from embed_text import literal


def table(name, files):
    rows = [f'    {{ "{f.stem}",\n{literal(f.read_text("utf-8"), f)} }},' for f in files]
    return "\n".join([
        f"const struct vg_cl_file vg_{name}_files[] = {{",
        *rows,
        "    { 0, 0 },",
        "};",
        f"const int vg_{name}_file_count = {len(files)};",
        "",
    ])


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: embed_cl.py CL_FOLDER OUT.c [DEPFILE]")
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    tune = folder / "tune"
    kernels, tuned = sorted(folder.glob("*.cl")), sorted(tune.glob("*.tune"))
    out.write_text('#include "dev/clfiles.h"\n\n' + table("cl", kernels) + "\n"
                   + table("tune", tuned))
    if len(sys.argv) == 4:
        read = [folder, *([tune] if tune.is_dir() else []), *kernels, *tuned]
        names = " ".join(str(f).replace(" ", "\\ ") for f in read)
        Path(sys.argv[3]).write_text(f"{out}: {names}\n")


main()
