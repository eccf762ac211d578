#!/usr/bin/env python3
"""What `visage export` writes, read by somebody else: Python's csv, sqlite3 and json.

    export.py VISAGE
"""

import csv
import io
import json
import math
import sqlite3
import sys
import tempfile
from pathlib import Path

from rowsets import HOSTILE, Asker, row, training, write


def check_csv(ask, path, rows):
    text = ask.run(0, "export", path, "--format", "csv")
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    ask.expect(len(read) == len(rows), f"csv: {len(read)} rows")
    for got, r in zip(read, rows):
        ask.expect(got["case_name"] == r["case"], f"csv: {got['case_name']!r}, {r['case']!r}")
        ask.expect(got["reason"] == "", "csv: null is empty")
        times = r["time_ns"]
        ask.expect(got["median_ns"] == "" if not times
                   else float(got["median_ns"]) == times["median"], "csv: median")
        ask.expect(int(got["samples"]) == (len(times["samples"]) if times else 0), "csv: samples")
        ask.expect(got["checked"] == "true", "csv: checked")


def check_sql(ask, path, rows):
    base = sqlite3.connect(":memory:")
    base.executescript(ask.run(0, "export", path, "--format", "sql"))
    read = base.execute("SELECT id, case_name, device_id, reason, median_ns FROM result "
                        "ORDER BY id").fetchall()
    ask.expect([r[1] for r in read] == [r["case"] for r in rows], f"sql: {read}")
    ask.expect(all(r[3] is None for r in read), "sql: null is NULL")
    for (number, *_), r in zip(read, rows):
        ns = [s[0] for s in base.execute("SELECT ns FROM sample WHERE result_id = ? "
                                         "ORDER BY position", (number,))]
        ask.expect(ns == (r["time_ns"] or {"samples": []})["samples"], f"sql: samples of {number}")
        metrics = dict(base.execute("SELECT name, figure FROM metric WHERE result_id = ?",
                                    (number,)))
        ask.expect(metrics == (r["accuracy"] or {}), f"sql: {metrics}")


def check_markdown(ask, path, rows):
    lines = ask.run(0, "export", path, "--format", "markdown").splitlines()
    table = [line for line in lines if line.startswith("| ")]
    heads = sum(line.startswith("| case | device |") for line in table)
    ask.expect(len(table) == len(rows) + heads, f"markdown: {len(table)} lines of tables")
    for line in table:
        bars = sum(c == "|" and line[i - 1] != "\\" for i, c in enumerate(line))
        ask.expect(bars == 13, f"markdown: {bars} bars in {line}")
        ask.expect("<" not in line, f"markdown: HTML in {line}")


def check_bencher(ask, path, rows):
    read = json.loads(ask.run(0, "export", path, "--format", "bencher"))
    ask.expect(len(read) == len({r["case"] for r in rows}), f"bencher: {list(read)}")
    for name, measures in read.items():
        ask.expect(len(name) <= 1024, "bencher: a long name")
        for slug, m in measures.items():
            ask.expect(set(m) <= {"value", "lower_value", "upper_value"}
                       and all(math.isfinite(v) for v in m.values()), f"bencher: {slug} {m}")
            ask.expect(len(slug) <= 64 and slug.replace("-", "").isalnum() and slug.islower(),
                       f"bencher: {slug}")
    one = read["op/add: add x=3 (d)"]
    ask.expect(one["latency"]["value"] == rows[-1]["time_ns"]["median"], "bencher: the newest")
    ask.expect(one["gb-s"] == {"value": 12.5}, f"bencher: {one}")


def check_lnt(ask, path, rows):
    read = json.loads(ask.run(0, "export", path, "--format", "lnt"))
    ask.expect(read["format_version"] == "2" and set(read) == {"format_version", "machine", "run",
                                                               "tests"}, "lnt: keys")
    ask.expect(read["machine"]["name"] == "d", "lnt: machine")
    ask.expect(read["run"]["llvm_project_revision"] == "bbbb2222", f"lnt: {read['run']}")
    ask.expect(read["run"]["start_time"] == "2026-11-24T13:00:00", f"lnt: {read['run']}")
    [test] = read["tests"]   # of the newest commit
    ask.expect(test["execution_time"] == [s / 1e9 for s in rows[-1]["time_ns"]["samples"]],
               "lnt: seconds")


def check_mlperf(ask, path):
    lines = ask.run(0, "export", path, "--format", "mlperf").splitlines()
    ask.expect(all(line.startswith(":::MLLOG {") for line in lines), "mlperf: the prefix")
    log = [json.loads(line[len(":::MLLOG "):]) for line in lines]
    for entry in log:
        ask.expect(set(entry) == {"namespace", "time_ms", "event_type", "key", "value", "metadata"}
                   and isinstance(entry["time_ms"], int), f"mlperf: {entry}")
        kind = ("INTERVAL_START" if entry["key"].endswith("_start") else
                "INTERVAL_END" if entry["key"].endswith("_stop") else "POINT_IN_TIME")
        ask.expect(entry["event_type"] == kind, f"mlperf: {entry}")
    keys = [entry["key"] for entry in log]
    order = ["submission_benchmark", "init_start", "init_stop", "run_start", "block_start",
             "block_stop", "eval_start", "eval_accuracy", "eval_stop", "run_stop"]
    ask.expect([k for k in keys if k in order] == order, f"mlperf: {keys}")
    ask.expect([e["time_ms"] for e in log] == sorted(e["time_ms"] for e in log), "mlperf: time")
    value = {e["key"]: e["value"] for e in log}
    ask.expect(value["eval_accuracy"] == 0.25 and value["global_batch_size"] == 4
               and value["train_samples"] == 100 and value["eval_samples"] == 50, f"{value}")
    ask.expect(log[-1]["metadata"]["status"] == "success", "mlperf: status")


def main():
    ask = Asker(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        plain, learnt, newer = (Path(folder) / n / "x.jsonl" for n in ("a", "b", "c"))
        rows = [row(n, case=case) for n, case in enumerate(HOSTILE)]
        rows += [row(8), row(9, time="2026-11-24T13:00:00Z", commit="bbbb2222")]
        write(plain, rows)
        write(learnt, training())
        check_csv(ask, plain.parent, rows)
        check_csv(ask, learnt, training())
        check_sql(ask, plain, rows)
        check_sql(ask, learnt, training())
        check_markdown(ask, plain, rows)
        check_bencher(ask, plain, rows)
        check_lnt(ask, plain, rows)
        check_mlperf(ask, learnt)

        write(newer, [row(), row(device={"id": "e"})])
        ask.run(3, "export", newer, "--format", "lnt")
        ask.expect("these rows are of 'd' and 'e'" in ask.errors, ask.errors)
        ask.run(3, "export", plain, "--format", "xml")
        ask.run(3, "export", plain)
        ask.run(3, "export", Path(folder) / "none", "--format", "csv")
        out = Path(folder) / "out.csv"
        ask.run(0, "export", plain, "--format", "csv", "--output", out)
        ask.expect(out.read_bytes().startswith(b"time,"), "a file")
    sys.exit(ask.done())


main()
