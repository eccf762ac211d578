"""Rows for the tests of the commands that read rows."""

import copy
import json
import random
import subprocess

HOSTILE = ['a,b "c"\n\'d\'', "<script>alert(1)</script>", "x'); DROP TABLE result; --",
           "\u202ertl", "tab\tbar|pipe", ""]

ROW = {
    "schema": 1, "time": "2026-11-24T12:00:00Z", "commit": "aaaa1111", "program_version": "0.1.0",
    "suite": "op/add", "case": "add x=3", "kind": "op", "settings": {"x": "3"},
    "status": "ok", "reason": None,
    "device": {"id": "d", "name": "Device", "type": "cpu", "compute_units": 2, "driver": "1",
               "opencl_version": "OpenCL 3.0"},
    "host": {"cpu": "h"}, "engaged": {"programs_sha256": "a" * 64},
    "checked": {"passed": True, "how": "by hand", "worst_error": 0.5},
    "time_ns": {"samples": [], "median": None, "low": None, "high": None, "unit_of_work": "call"},
    "throughput": {"value": 12.5, "unit": "GB/s"}, "cost": {"flops": 3.0, "bytes": 36.0},
    "ceiling": None, "memory": {"peak_bytes": 4096}, "setup": {"compile_ns": 1500000},
    "telemetry": None, "training": None, "accuracy": None, "reference": None,
}


def row(seed=0, ns=1e6, **changes):
    """A row with three processes of twenty samples around ns; changes replace fields."""
    draw = random.Random(seed)
    r = copy.deepcopy(ROW)
    samples = [round(ns * draw.gauss(1, 0.002), 1) for _ in range(60)]
    ordered = sorted(samples)
    r["time_ns"].update(samples=samples, processes=[20, 20, 20], median=ordered[30],
                        low=ordered[20], high=ordered[40])
    r.update(changes)
    return r


def training():
    """A pre-training and the evaluation of what it saved."""
    run = row(suite="method/t", case="t", kind="pretrain", throughput={"value": 9.0,
              "unit": "images/s"}, settings={"method": "fra", "seed": 1, "batch": 4, "lr": 0.5,
              "save": "t"}, training={"steps": 60, "images": 100, "loss": [3.0, None, 1.5]})
    score = row(suite="method/t", case="e", kind="evaluate", time="2026-11-24T12:01:00Z",
                settings={"from": "t", "test": 50}, accuracy={"accuracy": 0.25, "decay": 0.1})
    score["time_ns"] = None
    return [run, score]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")


class Asker:
    """Runs the program and counts what is not as it should be."""

    def __init__(self, program):
        self.program, self.asked, self.wrong = program, 0, 0

    def run(self, code, *words):
        p = subprocess.run([self.program, *map(str, words)], capture_output=True)
        self.expect(p.returncode == code,
                    f"{words}: exit {p.returncode}, wanted {code}: {p.stderr}")
        self.errors = p.stderr.decode("utf-8")
        return p.stdout.decode("utf-8")

    def expect(self, good, what):
        self.asked += 1
        if not good:
            self.wrong += 1
            print(f"WRONG: {what}")

    def done(self):
        print(f"{self.asked} asked, {self.wrong} wrong")
        return 1 if self.wrong or not self.asked else 0
