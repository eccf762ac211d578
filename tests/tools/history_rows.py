#!/usr/bin/env python3
"""Writes rows of cases over time, for tests/tools/history.sh.

    history_rows.py OUT [CASES ROWS]

Without numbers, a few cases whose changes are known; with them, CASES cases of ROWS rows each, as
large as real ones, in one file a case.
"""

import json
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

BEGIN = datetime(2026, 1, 1)


def row(rng, case, number, time_ns, **more):
    fields = {
        "schema": 1, "time": f"{BEGIN + timedelta(hours=number):%Y-%m-%dT%H:%M:%SZ}",
        "commit": f"{number:012x}", "program_version": "0.1.0", "suite": "op/planted", "case": case,
        "kind": "op", "status": "ok", "reason": None, "settings": {"x": "3x5"},
        "device": {"id": "planted-device", "name": "Planted", "driver": "1.0",
                   "opencl_version": "OpenCL 3.0"},
        "host": {"cpu": "a host"},
        "engaged": {"build_options": "-cl-std=CL1.2", "programs_sha256": f"{number:064x}"},
        "checked": {"passed": True, "how": "reference", "worst_error": 0.1},
        "time_ns": {"samples": [round(time_ns * rng.gauss(1, 0.01), 1) for _ in range(30)],
                    "median": time_ns, "low": time_ns * 0.99, "high": time_ns * 1.01},
        "memory": {"planned_bytes": 4096},
    }
    fields.update(more)
    return json.dumps(fields)


def series(rng, case, levels, **more):
    """levels: (ns, count) one behind the other; a quarter percent of noise."""
    values = [ns * rng.gauss(1, 0.0025) for ns, count in levels for _ in range(count)]
    return [row(rng, case, i, v, **more) for i, v in enumerate(values)]


def write(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines))


def write_known(out):
    rng = random.Random(1)
    here = out / "planted-device" / "op"
    write(here / "steady.jsonl", series(rng, "steady", [(1e6, 30)]))
    write(here / "slower.jsonl", series(rng, "slower", [(1e6, 20), (1.05e6, 12)]))
    write(here / "faster.jsonl", series(rng, "faster", [(1e6, 20), (0.9e6, 12)]))
    write(here / "repaired.jsonl", series(rng, "repaired", [(1e6, 12), (1.1e6, 12), (1e6, 12)]))

    failed = series(rng, "failures", [(1e6, 25)])
    for i in (3, 4, 24):
        failed[i] = row(rng, "failures", i, 5e6, status="failed", reason="planted")
    write(here / "failures.jsonl", failed)

    device = {"id": "planted-device", "driver": "2.0\x1b[31m", "opencl_version": "OpenCL 3.0"}
    driver = series(rng, "driver", [(1e6, 15), (1.2e6, 10)])
    write(here / "driver.jsonl", driver[:15] + [
        json.dumps({**json.loads(line), "device": device}) for line in driver[15:]])

    same = {"commit": "abcdef012345",
            "engaged": {"build_options": "", "programs_sha256": "1" * 64}}
    write(here / "environment.jsonl", series(rng, "environment", [(1e6, 15), (1.2e6, 10)], **same))
    write(here / "short.jsonl", series(rng, "short", [(1e6, 5)]))


def main():
    out = Path(sys.argv[1])
    if len(sys.argv) == 2:
        write_known(out)
        return
    rng = random.Random(2)
    for case in range(int(sys.argv[2])):
        write(out / "planted-device" / f"case-{case}.jsonl",
              series(rng, f"case {case}", [(1e6, int(sys.argv[3]))]))


main()
