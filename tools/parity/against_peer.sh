#!/usr/bin/env bash
# Times a method's step at the published shapes and PyTorch's for the same step, in turn.
#
#     tools/parity/against_peer.sh fra|mcf PYTHON [ROUNDS] [OUT]
#
# PYTHON has the newest PyTorch.  A round is our suite, then the peer in each layout.  Our rows are
# appended to OUT/<device>/method/<method>-paper.jsonl (default OUT: results), the peer's lines to
# <method>-paper.peer beside them; the last lines are the medians and their ratio.
set -euo pipefail
cd "$(dirname "$0")/../.."
method=${1:?fra or mcf} python=${2:?a Python with PyTorch} rounds=${3:-3} out=${4:-results}
visage=${VISAGE:-build/visage}
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

for ((round = 1; round <= rounds; round++)); do
    "$visage" run "suites/method/$method-paper.suite" --out "$out"
    for layout in "" --channels-last; do
        # shellcheck disable=SC2086  # no word, or one
        "$python" tools/parity/peer.py "$method" --batch 8 --warmup 1 --steps 3 $layout | tee -a "$lines"
    done
done

# Of the device that ran just now: its rows are the newest.
rows=$(find "$out" -name "$method-paper.jsonl" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d" " -f2-)
cat "$lines" >>"${rows%.jsonl}.peer"
"$python" - "$rows" "$lines" "$rounds" <<'END'
import json, statistics, sys

rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")][-int(sys.argv[3]):]
peer = {}
for line in open(sys.argv[2], encoding="utf-8"):
    told = json.loads(line)
    peer.setdefault(told["layout"], []).append(told)
ours = statistics.median(row["throughput"]["value"] for row in rows)
print(f"visage         {ours:6.3f} images/s  {rows[-1]['memory']['peak_bytes'] / 2**20:6.0f} MiB")
for layout, told in sorted(peer.items()):
    theirs = statistics.median(t["images_per_second"] for t in told)
    print(f"PyTorch {layout:6} {theirs:6.3f} images/s  {told[-1]['peak_mib']:6.0f} MiB"
          f"  ratio {ours / theirs:.2f}")
END
