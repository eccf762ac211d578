#!/usr/bin/env bash
# How often `visage compare` is right, where the answer is known.
#
#     tools/compare_trials.sh VISAGE [KIND] [TRIALS] [PROCESSES] [SECONDS] [PERCENT] [MOST]
#
# VISAGE is a program built with -Dtest_switches=true.  A trial measures one product (three cases:
# forward, and backward to both sides) in some processes a side, which take turns (base, new, new,
# base), so that compare has pairs of them, and then compares the two sides.  KIND is
#
#     planted   the new side has 3 % more work in the operator
#     none      its programs differ, and their work does not
#     loaded    as planted, while another process loads one core
#     all       one after the other (the default)
#
# Prints a line a kind and case for README.md.  A trial takes 2 * PROCESSES * (SECONDS + 0.5) s,
# three quarters of a minute as it is.  A trial whose intervals are wider than 0.9 % either way goes
# on to at most MOST processes: the rule looks at the width and never at the verdict.
# Where VERDICTS names a folder, what compare said is appended to a file a kind in it, and the lines
# are of all trials there: trials can then be had one by one, when the machine is free.
# Exit 1 where a kind misses what is wanted: planted is slower in 19 of 20, none is never slower or
# faster but in 1 of 20, loaded is never the same nor faster but in 1 of 20.
set -eu
export LC_ALL=C
visage=$(realpath "$1")
kind=${2:-all} trials=${3:-20} processes=${4:-32} seconds=${5:-0.2} percent=${6:-3}
most=${7:-$((2 * processes))}
folder=$(mktemp -d)
verdicts=${VERDICTS:-$folder/verdicts}
mkdir -p "$verdicts"
load=
trap 'rm -rf "$folder"; [ -z "$load" ] || kill "$load"' EXIT

# PoCL's threads each on a core of their own: where both came to share one, a process takes up to
# twice as long from beginning to end.
export POCL_AFFINITY=${POCL_AFFINITY:-1}

# Many equal groups, so that a few percent of them are a few percent of the time, and some
# milliseconds, so that how late a thread wakes is not.
mkdir -p "$folder/suites/op"
cat >"$folder/suites/op/matmul.suite" <<'SUITE'
matmul  a=5x3        b=3x7                test
matmul  a=3x5x7      b=3x7x4              test
matmul  a=200x96x128  b=200x128x96        bench
SUITE
export VISAGE_SUITES="$folder/suites"

measure() {   # measure SIDE SWITCH
    VISAGE_TEST_SLOW=$2 "$visage" bench op/matmul --alone --seconds "$seconds" --json \
        --out "$folder/$1" >/dev/null 2>"$folder/log" || { cat "$folder/log" >&2; exit 3; }
}

compare() {   # what compare says, to the file verdict
    "$visage" compare "$folder/base" "$folder/new" --json >"$folder/verdict" 2>/dev/null || true
}

narrow() {
    compare
    python3 -c 'import json, sys
times = [c["time"] for c in json.load(open(sys.argv[1]))["cases"]]
sys.exit(not all(t and t["high"] - t["low"] <= 0.018 for t in times))' "$folder/verdict"
}

trial() {   # trial SWITCH-OF-THE-NEW-SIDE FILE
    rm -rf "$folder/base" "$folder/new"
    for ((p = 0; p < most; p++)); do
        if ((p >= processes && p % 4 == 0)) && narrow; then
            break
        fi
        if ((p % 2)); then
            measure new "$1"
            measure base ""
        else
            measure base ""
            measure new "$1"
        fi
    done
    compare
    cat "$folder/verdict" >>"$2"
    echo >>"$2"
}

run_kind() {
    local switch="matmul:$percent" trial
    [ "$1" = none ] && switch="matmul:0"
    if [ "$1" = loaded ]; then
        (while :; do :; done) &
        load=$!
    fi
    for ((trial = 0; trial < trials; trial++)); do
        trial "$switch" "$verdicts/$1"
    done
    if [ -n "$load" ]; then
        kill "$load"
        load=
    fi
    python3 - "$1" "$verdicts/$1" <<'PY'
import collections, json, statistics, sys

WRONG = {"planted": lambda v: v != "slower",
         "none": lambda v: v in ("slower", "faster"),
         "loaded": lambda v: v in ("same", "faster")}
kind, path = sys.argv[1:]
found = collections.defaultdict(list)
for line in open(path):
    if line.strip():
        for case in json.loads(line)["cases"]:
            found[case["case"].split(": ")[-1]].append((case["verdict"], case["time"]))
missed = False
for case, verdicts in found.items():
    count = collections.Counter(v for v, _ in verdicts)
    change = [100 * (t["ratio"] - 1) for _, t in verdicts if t]
    half = [50 * (t["high"] - t["low"]) for _, t in verdicts if t]
    wrong = sum(WRONG[kind](v) for v, _ in verdicts)
    missed |= wrong * 20 > len(verdicts)
    print(f"| {kind} | {case} | {len(verdicts)} | "
          f"{', '.join(f'{n} {v}' for v, n in count.most_common())} | "
          f"{statistics.median(change):+.1f} % ± {statistics.median(half):.1f} | {wrong} |")
sys.exit(missed)
PY
}

echo "| trial | case | trials | verdicts | median change | wrong |"
echo "|---|---|---|---|---|---|"
missed=0
case $kind in
all) for k in planted none loaded; do run_kind $k || missed=1; done ;;
planted | none | loaded) run_kind "$kind" || missed=1 ;;
*) echo "compare_trials.sh: no kind '$kind', there are: planted, none, loaded, all" >&2; exit 3 ;;
esac
exit $missed
