#!/usr/bin/env python3
"""`visage compare` as it is used: what it prints, and how it exits.

    compare.py VISAGE
"""

import json
import sys
import tempfile
from pathlib import Path

from rowsets import HOSTILE, Asker, row, write

PROGRAMS = {"programs_sha256": "b" * 64}


def newer(seed, ns=1e6, **changes):
    return row(seed, ns, commit="bbbb2222", engaged=PROGRAMS, **changes)


def main():
    ask = Asker(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        base, now = root / "base/d/op/add.jsonl", root / "new/d/op/add.jsonl"
        accepted = root / "accepted"

        write(base, [row(1)])
        for ns, code, verdict in ((1e6, 0, "same"), (1.05e6, 1, "slower"), (0.95e6, 0, "faster")):
            write(now, [newer(2, ns)])
            text = ask.run(code, "compare", root / "base", root / "new")
            ask.expect(f"\n{verdict} " in text, f"{verdict}: {text}")
            ask.expect(text.endswith(f"1 case: 1 {verdict}\n"), text)
            read = json.loads(ask.run(code, "compare", base, now, "--json"))
            ask.expect(read["cases"][0]["verdict"] == verdict, f"{read}")
            time = read["cases"][0]["time"]
            ask.expect(time["low"] < time["ratio"] < time["high"], f"{time}")
            ask.expect(abs(time["ratio"] * 1e6 / ns - 1) < 0.005, f"{time}, wanted {ns / 1e6}")
            ask.expect(f"| {verdict} | add x=3 | d |" in
                       ask.run(code, "compare", base, now, "--markdown"), "markdown")

        # A row cut in half by a kill: the rest is compared, one warning says where.
        with now.open("a") as f:
            f.write(json.dumps(newer(3))[:500])
        ask.run(0, "compare", base, now)
        ask.expect(ask.errors.count("warning") == 1 and
                   f"{now}:2: the last line was cut short" in ask.errors, ask.errors)

        write(now, [newer(2, 1.05e6)])
        accepted.write_text('case="add x=3" device=d commits=aaaa..bbbb reason="exact sums"\n')
        text = ask.run(0, "compare", base, now, "--accepted", accepted)
        ask.expect("accepted: exact sums" in text, text)
        accepted.write_text('\ncase="add x=3"\n')
        ask.run(3, "compare", base, now, "--accepted", accepted)
        ask.expect(f"{accepted}:2: " in ask.errors, ask.errors)

        ask.run(0, "compare", base, now, "--effect", 20)
        device = dict(row()["device"], driver="2")
        write(now, [newer(2, device=device)])
        ask.expect("driver: 1 -> 2" in ask.run(2, "compare", base, now), "driver")
        ask.run(0, "compare", base, now, "--across")
        write(now, [newer(2, device=dict(device, id="e"))])
        ask.expect("1 new" in ask.run(0, "compare", base, now), "another device")
        ask.run(0, "compare", base, now, "--across-devices")

        write(base, [row(n, case=c) for n, c in enumerate(HOSTILE)])
        write(now, [newer(n, case=c) for n, c in enumerate(HOSTILE)])
        text = ask.run(0, "compare", base, now)
        ask.expect(len(text.splitlines()) == len(HOSTILE) + 2, f"a line a case: {text}")
        ask.expect("<script" not in ask.run(0, "compare", base, now, "--markdown"), "HTML")

        ask.run(3, "compare", base)
        ask.run(3, "compare", base, root / "none")
        ask.run(3, "compare", base, now, "--json", "--markdown")
    sys.exit(ask.done())


main()
