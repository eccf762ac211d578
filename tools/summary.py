#!/usr/bin/env python3
"""Counts what `meson test` wrote: notes, why tests were skipped, which failed, one line of sums.

    summary.py build/meson-logs/testlog.json
"""

import json
import sys


def reason(test):
    said = (test.get("stdout", "") + test.get("stderr", "")).strip()
    return said.splitlines()[-1].removeprefix("skipped: ") if said else "no reason given"


def main():
    try:
        with open(sys.argv[1], encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except (OSError, ValueError) as e:
        sys.exit(f"no tests were run: {e}")
    passed = [t for t in tests if t["result"] in ("OK", "EXPECTEDFAIL")]
    skipped = [t for t in tests if t["result"] == "SKIP"]
    failed = [t for t in tests if t not in passed and t not in skipped]
    for test in tests:
        for line in test.get("stdout", "").splitlines():
            if line.startswith("note: "):
                print(line)
    for test in skipped:
        print(f"skipped  {test['name'].removeprefix('visage:')}: {reason(test)}")
    for test in failed:
        print(f"FAILED   {test['name'].removeprefix('visage:')}: {test['result'].lower()}")
    print(f"{len(passed)} passed, {len(failed)} failed, {len(skipped)} skipped")
    sys.exit(bool(failed) or not passed)


main()
