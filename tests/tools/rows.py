#!/usr/bin/env python3
"""`visage rows check` against Python's jsonschema, on rows that are right and rows that are not.

    rows.py VISAGE SCHEMA

Without jsonschema 4 the comparison is left out, and that is said.
"""

import copy
import hashlib
import json
import re
import sys
import tempfile
from pathlib import Path

from rowsets import HOSTILE, Asker, row, training, write

VALUES = [None, True, 0, -1, 1.0, 2.5, "", "x", "ok", [], [1], ["x"], [None], {}, {"a": 1},
          {"passed": False}, {"samples": [0]}]


def variants():
    """Every field of a row, and every field of its objects, replaced by each value or removed."""
    for base in [row(), *training()]:
        yield base
        for key, value in base.items():
            paths = [(key,)] + [(key, k) for k in value] if isinstance(value, dict) else [(key,)]
            for path in paths:
                for put in [*VALUES, ...]:
                    changed = copy.deepcopy(base)
                    place = changed if len(path) == 1 else changed[path[0]]
                    place[path[-1]] = put
                    if put is ...:
                        del place[path[-1]]
                    yield changed


def number(x):
    """The canonical text of a number: base/json.h says what it is."""
    if isinstance(x, int) or (x == int(x) and abs(x) < 2**53):
        return str(int(x))
    return next(t for t in (f"{x:.{d}g}" for d in (15, 16, 17)) if float(t) == x)


def canonical(x):
    if isinstance(x, dict):
        keys = sorted(x, key=lambda k: k.encode("utf-8"))
        return "{" + ",".join(canonical(k) + ":" + canonical(x[k]) for k in keys) + "}"
    if isinstance(x, list):
        return "[" + ",".join(map(canonical, x)) + "]"
    if isinstance(x, (int, float)) and not isinstance(x, bool):
        return number(x)
    return json.dumps(x, ensure_ascii=False)


def signed(r):
    return {**r, "row_sha256": hashlib.sha256(canonical(r).encode("utf-8")).hexdigest()}


def check_schema(ask, path, schema):
    try:
        import jsonschema
        validator = jsonschema.Draft202012Validator(schema)
    except (ImportError, AttributeError):
        print("no jsonschema 4 here: the comparison with it is left out")
        return
    jsonschema.Draft202012Validator.check_schema(schema)
    rows = [r for r in variants() if not isinstance(r.get("schema"), float) or r["schema"] <= 1]
    write(path, rows)
    text = ask.run(1, "rows", "check", path)
    named = {int(n) for n in re.findall(rf"^{re.escape(str(path))}:(\d+): ", text, re.M)}
    for line, r in enumerate(rows, 1):
        wrong = not validator.is_valid(r)
        edited = "row_sha256" in r
        ask.expect((line in named) == (wrong or edited),
                   f"row {line}: jsonschema says {'wrong' if wrong else 'right'}: {r}")
    print(f"{len(rows)} rows, {len(named)} of them wrong")


def main():
    ask = Asker(sys.argv[1])
    schema = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        check_schema(ask, path, schema)
        ask.expect(json.loads(ask.run(0, "rows", "schema")) == schema, "the schema it holds")

        # A digest that Python computed, and the same row written in another order.
        rows = [signed(row(n, case=c)) for n, c in enumerate(HOSTILE) if c] + \
            [signed(r) for r in training()]
        rows.append(dict(reversed(rows[-1].items())))
        write(path, rows)
        text = ask.run(0, "rows", "check", path)
        ask.expect("0 edited, 0 without a digest" in text, text)

        rows[1]["throughput"]["value"] *= 2
        write(path, rows)
        text = ask.run(1, "rows", "check", folder)
        ask.expect(f"{path}:2: row_sha256: is not that of the row" in text, text)
        ask.expect("1 edited" in text, text)

        path.write_text(json.dumps(signed(row())) + "\n[1]\n")
        ask.expect("1 lines are no rows" in ask.run(1, "rows", "check", path), "a line")
        ask.run(3, "rows", "check")
        ask.run(3, "rows", "mend", path)
        ask.run(3, "rows", "check", Path(folder) / "none")
    sys.exit(ask.done())


main()
