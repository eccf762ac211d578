#!/usr/bin/env bash
# What `visage bench` measures and keeps.
#
#     bench.sh VISAGE
#
# No time is judged here: only that there are enough samples, and that rows say where from.
set -u
visage="$1"
wrong=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

expect() {   # expect WHAT COMMAND...
    local what=$1
    shift
    if ! "$@" >"$folder/log" 2>&1; then
        echo "WRONG: $what"
        sed 's/^/    /' "$folder/log"
        wrong=$((wrong + 1))
    fi
}

row() {   # row FILE EXPRESSION: over every row r of the file
    python3 - "$@" <<'PY'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert rows, "no row"
for r in rows:
    t, m = r["time_ns"], r["telemetry"]
    assert eval(sys.argv[2]), json.dumps(t)[-600:]
PY
}

if ! "$visage" devices >/dev/null 2>&1; then
    echo "skipped: no OpenCL device"
    exit 77
fi

short=(--seconds 0.05 --alone)
line=(op/l2norm --only x=256x256)
"$visage" bench "${line[@]}" "${short[@]}" --json --restarts 2 --out "$folder/out" \
    >"$folder/two" 2>/dev/null
expect "two processes, forward and backward" test "$(wc -l <"$folder/two")" -eq 2
expect "ten samples each, and which process" \
    row "$folder/two" 'len(t["processes"]) == 2 and min(t["processes"]) >= 10'
expect "all are kept" row "$folder/two" 'len(t["samples"]) == sum(t["processes"])'
expect "wall time beside each" row "$folder/two" 'len(t["wall"]["samples"]) == len(t["samples"])'
expect "why each ended" row "$folder/two" \
    'len(t["stopped_by"]) == 2 and set(t["stopped_by"]) <= {"interval", "entropy", "time", "count"}'
expect "the interval holds the median" row "$folder/two" 't["low"] <= t["median"] <= t["high"]'
expect "a reading a sample" row "$folder/two" \
    'm["clock_mhz"] is None or len(m["clock_mhz"]) == len(t["samples"])'
expect "sources are named or missing" row "$folder/two" \
    'all(m["sources"][k] or k in m["missing"] for k in ("clock", "temperature", "energy", "load"))'
expect "the event clock was held against the host's" row "$folder/two" \
    'len(t["event_clock"]["rate"]) == 2'
expect "nothing is planted" row "$folder/two" 'r["engaged"]["planted"] is None'
expect "the same rows in a file" cmp "$folder/two" "$folder"/out/*/op/l2norm.jsonl

"$visage" bench "${line[@]}" "${short[@]}" --json --cold --samples 12 >"$folder/cold" 2>/dev/null
expect "cold caches are said" row "$folder/cold" 't["caches"] == "cold" and len(t["samples"]) >= 12'

"$visage" bench op/matmul "${short[@]}" --json --only 'a=64x4096' >"$folder/only" 2>/dev/null
expect "one line of many" row "$folder/only" 'r["settings"]["a"] == "64x4096"'

"$visage" bench "${line[@]}" "${short[@]}" >"$folder/table" 2>/dev/null
expect "a table" grep -q 'forward l2norm .* GFLOP/s' "$folder/table"
expect "which says what ended it" grep -Eq 'ended by (interval|entropy|time|count)' "$folder/table"

echo "$wrong wrong"
[ $wrong -eq 0 ]
