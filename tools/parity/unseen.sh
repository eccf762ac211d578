#!/usr/bin/env bash
# Writes golden traces of FRA's hardest kind and replays each.
#
#     tools/parity/unseen.sh PYTHON [FIRST LAST]
#
# PYTHON has PyTorch; FIRST to LAST are seeds (default 101 to 112).  A seed makes three traces of two
# steps, all ResNet-50: their last norms see 2 or 4 values, so that rounding weighs most.  A line a
# trace says what `visage parity` found, the last one how many passed.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${1:?a Python with PyTorch} first=${2:-101} last=${3:-112}
visage=${VISAGE:-build/visage}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 count=0

for shape in "4 64 8" "2 64 8" "2 96 4"; do
    read -r batch image width <<<"$shape"
    for ((seed = first; seed <= last; seed++)); do
        "$python" tools/parity/golden.py fra "$folder/trace" --seed "$seed" --batch "$batch" --steps 2 \
            --set 'arch="resnet50"' image="$image" width="$width" >"$folder/log"
        if "$visage" parity "$folder/trace" >"$folder/out" 2>&1; then
            passed=$((passed + 1))
        fi
        count=$((count + 1))
        echo "batch $batch, image $image, width $width, seed $seed: $(tail -n 1 "$folder/out")"
    done
done
echo "$passed of $count passed"
