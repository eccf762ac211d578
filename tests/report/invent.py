#!/usr/bin/env python3
"""Invents result rows for tests of the page: no device here exists, no number was measured.

    invent.py FOLDER devices|missing|hostile|many [COUNT]

devices  four devices, operators and both methods, telemetry, every status
missing  a row without each of its fields in turn, and with null there
hostile  names that try to be something else than text, numbers that are none
many     COUNT rows (10000): 250 cases on 10 devices, four times each, and as many alone
"""

import json
import math
import random
import struct
import sys
import zlib
from pathlib import Path

WHY = {"reference": "invented"}


def device(key, name, kind, gflops, gbps):
    return {"id": key, "name": name, "vendor": "Nobody", "platform": "Invented OpenCL",
            "driver": "1.2.3", "opencl_version": "OpenCL 3.0 invented", "type": kind,
            "compute_units": 16, "max_clock_mhz": 2000, "global_mem_bytes": 8 << 30,
            "max_alloc_bytes": 2 << 30, "_gflops": gflops, "_gbps": gbps}


DEVICES = [device("invented-big-gpu", "Invented Big GPU", "gpu", 20000, 700),
           device("invented-small-gpu", "Invented Small Integrated Graphics 770 (rev 0c)", "gpu",
                  900, 60),
           device("invented-cpu-16", "Invented CPU, 16 cores", "cpu", 1400, 80),
           device("invented-board", "Invented Board", "gpu", 35, 8)]


class Inventor:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.time = 0

    def samples(self, median, n=20, spread=0.02):
        return [max(1.0, median * self.random.lognormvariate(0, spread)) for _ in range(n)]

    def row(self, dev, suite, case, kind, settings, **fields):
        self.time += 7
        stamp = f"2026-11-{1 + self.time // 86400 % 28:02}T{self.time // 3600 % 24:02}:" \
                f"{self.time // 60 % 60:02}:{self.time % 60:02}Z"
        public = {k: v for k, v in dev.items() if k[0] != "_"}
        row = {"schema": 1, "time": stamp, "commit": "0123456789ab", "program_version": "0.1.0",
               "suite": suite, "case": case, "kind": kind, "status": "ok", "reason": None,
               "settings": settings, "device": public,
               "host": {"cpu": "Invented host", "cores": 16, "memory_bytes": 32 << 30,
                        "os": "Invented OS", "kernel": "6.0"},
               "engaged": {"build_options": "-cl-std=CL1.2", "programs_sha256": "00" * 32,
                           "algorithms": {}, "precision": "fp32", "ranks": 1, "decoder": None},
               "checked": {"passed": True, "how": "invented", "worst_error": 0.1},
               "time_ns": None, "throughput": None, "cost": None, "ceiling": None, "memory": None,
               "setup": None, "telemetry": None, "training": None, "accuracy": None,
               "reference": None, "why": WHY}
        row.update(fields)
        return row

    def timed(self, median, n=20, spread=0.02):
        s = self.samples(median, n, spread)
        ordered = sorted(s)
        return {"samples": s, "median": (ordered[(n - 1) // 2] + ordered[n // 2]) / 2,
                "low": ordered[n // 4], "high": ordered[3 * n // 4],
                "unit_of_work": "one call, by device events",
                "wall": {"samples": self.samples(median * 1.1, n, spread)}}

    def operator(self, dev, suite, case, flops, traffic):
        gflops, gbps = dev["_gflops"], dev["_gbps"]
        bound = max(flops / gflops, traffic / gbps)
        time = self.timed(bound / self.random.uniform(0.3, 0.95) + 4000)
        median = time["median"]
        return self.row(dev, suite, case, "op", {"x": case.split("x=")[-1]}, time_ns=time,
                        throughput={"value": flops / median, "unit": "GFLOP/s"},
                        cost={"flops": flops, "bytes": traffic},
                        ceiling={"gflops": gflops, "gbps": gbps,
                                 "percent_of_roofline": 100 * bound / median})

    def telemetry(self, n):
        clock = [1950 + self.random.gauss(0, 8) - (300 if i > 0.8 * n else 0) for i in range(n)]
        return {"clock_mhz": clock, "temperature_c": [45 + 30 * (1 - math.exp(-i / 6))
                                                      for i in range(n)],
                "power_w": [120 + self.random.gauss(0, 4) if i != 3 else None for i in range(n)],
                "energy_j": 12.5, "throttled": [i for i in range(n) if i > 0.8 * n],
                "sources": {"clock": "invented"}}

    def training(self, dev, suite, case, method, steps, median):
        noise = [self.random.gauss(0, 0.15) for _ in range(steps)]
        loss = [1.5 + 3 * math.exp(-4 * i / steps) + e for i, e in enumerate(noise)]
        time = self.timed(median, 24)
        time["unit_of_work"] = "step of 32 images"
        ns = {"conv2d": 0.5, "matmul": 0.2, "batchnorm": 0.1, "attention": 0.06, "relu": 0.05,
              "layernorm": 0.03, "add": 0.02, "softmax": 0.01, "lars": 0.02, "ema": 0.01}
        return self.row(dev, suite, case, "pretrain", {"method": method, "batch": 32}, time_ns=time,
                        throughput={"value": 32e9 / median, "unit": "images/s"},
                        cost={"flops": 3e11, "bytes": 4e9},
                        memory={"planned_bytes": 350 << 20, "peak_bytes": 360 << 20,
                                "by_kind": {"param": 50 << 20, "grad": 50 << 20,
                                            "state": 100 << 20, "input": 3 << 20,
                                            "temp": 147 << 20}},
                        profile={"launches": 900,
                                 "ns_by_operator": {k: v * median for k, v in ns.items()}},
                        telemetry=self.telemetry(24),
                        training={"steps": steps, "loss": loss,
                                  "loss_parts": {"base": [x * 0.9 for x in loss]}, "lr": []})

    def evaluation(self, dev, suite):
        own, other = 0.62 + self.random.uniform(-0.02, 0.02), 0.31
        return self.row(dev, suite, "expression", "evaluate", {"task": "expression"},
                        throughput={"value": 1000.0, "unit": "images/s"},
                        accuracy={"accuracy": own, "random_accuracy": other, "gain": own - other})


def devices():
    make = Inventor(1)
    for dev in DEVICES:
        for width in (64, 256, 1024, 4096):
            yield make.operator(dev, "op/matmul", f"matmul x={width}x{width}", 2.0 * width ** 3,
                                12.0 * width ** 2)
            yield make.operator(dev, "op/gelu", f"gelu x={width}x{width}", 8.0 * width ** 2,
                                8.0 * width ** 2)
        step = 1e12 / dev["_gflops"] ** 0.8
        yield make.training(dev, "quick", "fra-small", "fra", 48, step)
        yield make.evaluation(dev, "quick")
    yield make.training(DEVICES[0], "method/mcf", "mcf", "mcf", 1200, 8e7)
    # Older, not checked, failed, unsupported, skipped.
    board = DEVICES[3]
    yield make.operator(board, "op/gelu", "gelu x=64x64", 32768.0, 32768.0)
    for state, reason in (("failed", "not finite at element 3"), ("unsupported", "no fp64"),
                          ("skipped", "interrupted")):
        yield make.row(board, "op/states", f"a case that is {state}", "op", {}, status=state,
                       reason=reason, checked=None)
    unchecked = make.operator(board, "op/states", "a case nobody checked", 1e6, 1e6)
    unchecked.update(checked=None, throughput=None)
    yield unchecked


def missing():
    whole = Inventor(4).training(DEVICES[1], "op/missing", "without", "fra", 10, 1e8)
    for field in list(whole):
        yield {k: (f"without {field}" if k == "case" and field != "case" else v)
               for k, v in whole.items() if k != field}
        if field not in ("schema", "case"):
            yield {**whole, "case": f"null {field}", field: None}


HOSTILE = ["<script>alert(1)</script>", "\"quoted\" 'twice' &amp; <b>bold</b>",
           "two\nlines\tand\ttabs", "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
           "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 x=3x5", "--><svg onload=alert(2)>",
           "W" * 3000, "a very long name of many words " * 60,
           "]]></style></script><img src=x onerror=alert(3)>", "javascript:alert(4)",
           "../../../../etc/passwd", "\u6f22\u5b57" * 300, " ", "\U0001F600" * 40,
           "i" * 400 + " " + "e\u0301" * 200, "%s%n%d", "\\u003cscript\\u003e"]


def hostile():
    make = Inventor(2)
    for i, name in enumerate(HOSTILE):
        dev = dict(DEVICES[i % 4], id=f"d{i}" + name, name=name, driver=name)
        for other in (dev, DEVICES[0]):
            yield make.operator(other, name, name, 1e6, 1e6)
            row = make.training(other, "hostile/" + name, name, name, 12, 1e6)
            row.update(settings={name: name, "batch": 1})
            row["training"]["loss_parts"] = {name: [1, None, 3]}
            row["memory"]["by_kind"] = {name: 1e6, "other": -5, "third": name}
            row["time_ns"]["unit_of_work"] = name
            row["throughput"]["unit"] = name
            yield row
        yield make.row(dev, "states", name, "op", {}, status=name, reason=name)
        yield make.row(DEVICES[0], "metrics", name, "evaluate", {},
                       accuracy={name: 1e308, "accuracy": -1e300, "random_accuracy": 5e-324})
    for value in (0, -1, 1e308, 5e-324, 1e15, "text", [], {}, True):
        row = make.operator(DEVICES[2], "numbers", f"value {value}", 1e6, 1e6)
        row.update(time_ns={"samples": [value] * 3, "median": value, "low": value, "high": value},
                   throughput={"value": value, "unit": value}, cost={"flops": value, "bytes": 1},
                   telemetry={"clock_mhz": [value, 1, value], "throttled": [value, -1, 99]},
                   memory=value, training={"loss": [value] * 5, "loss_parts": value},
                   accuracy={"accuracy": value})
        yield row


def many(count):
    make = Inventor(3)
    places = [dict(DEVICES[i % 4], id=f"invented-{i}", name=f"Invented device {i}")
              for i in range(10)]
    for i in range(count):
        case, dev = (i % 250, i // 250 % 10) if i < count // 2 else (i, i % 10)
        yield make.operator(places[dev], f"op/invented{case % 20}", f"operator x={case}x64",
                            1e6 * (1 + case % 97), 1e6)


def picture(path, colour):
    """A PNG of one colour (W3C, PNG, section 5)."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(
            ">I", zlib.crc32(name + data))
    lines = b"".join(b"\0" + bytes(colour) * 320 for _ in range(120))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 120, 8, 2,
                                                                      0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[2] not in ("devices", "missing", "hostile", "many"):
        sys.exit("usage: invent.py FOLDER devices|missing|hostile|many [COUNT]")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    rows = {"devices": devices, "missing": missing, "hostile": hostile,
            "many": lambda: many(int(sys.argv[3]) if len(sys.argv) == 4 else 10000)}[sys.argv[2]]()
    files = {}
    for row in rows:
        # As `visage run` lays them out, where the names are fit for files.
        whole = sys.argv[2] == "devices"
        place = f"{row['device']['id']}/{row['suite']}" if whole else "invented"
        files.setdefault(folder / f"{place}.jsonl", []).append(json.dumps(row) + "\n")
    for path, lines in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
    if sys.argv[2] == "devices":
        big = folder / DEVICES[0]["id"]
        picture(big / "quick-fra-small-regions.png", (70, 120, 180))
        picture(big / "method-mcf-mcf-reconstruction.png", (180, 120, 70))


main()
