#!/usr/bin/env bash
# `visage run` from outside: photographs in a folder, seeds, interruptions, and what it says when it
# cannot do what it is asked.
#
#     run.sh VISAGE SOURCE BUILD
#
# Everything runs at the tiny preset.  Photographs come with scikit-image, from the python3 here or
# from an environment that is made in BUILD/photos; without it, faces that the program draws take
# their place.  Exit 77 where there is no device.
set -u
visage="$1"
source="$2"
build="$3"
export VISAGE_SUITES="$source/suites" NO_COLOR=1
# shellcheck source=tests/tools/asking.sh
. "$source/tests/tools/asking.sh"

# ---- photographs --------------------------------------------------------------------------------

can_photograph() {
    "$1" -c 'import numpy, PIL, skimage' 2>"$err"
}

find_python() {
    local place="$build/photos"
    for python in python3 "$place/bin/python"; do
        can_photograph "$python" && return
    done
    python="$place/bin/python"
    [ ! -e "$place" ] && python3 -m venv "$place" &&
        timeout 60 "$python" -m pip install -q --retries 0 --timeout 10 scikit-image >"$out" 2>&1 &&
        can_photograph "$python"
}

make_photos() {
    if find_python; then
        echo "photographs: those of scikit-image"
        readable=$("$python" "$source/tests/tools/photos.py" "$work/photos")
    else
        echo "photographs: none, scikit-image cannot be had; faces that are drawn instead"
        "$visage" synth "$work/drawn" --count 60 --size 80 >"$out" 2>"$err" || bad "visage synth"
        readable=$(python3 "$source/tests/tools/photos.py" "$work/photos" \
            --faces "$work/drawn/images")
    fi
}

make_photos
asked=$((asked + 1))
tiny --set "data=folder:$work/photos" --set steps=4 --out "$work/a" || bad "photographs (exit $?)"
ok "photographs: three are skipped" same "$(field "$work/a" training skipped_files)" 3
ok "photographs: $readable are read" same "$(field "$work/a" training images)" "$readable"
ok "photographs: the row is ok" same "$(field "$work/a" status)" '"ok"'
ok "photographs: the row is checked" same "$(field "$work/a" checked passed)" true
for name in cut.jpg text.png huge.png; do
    ok "photographs: broken-$name is named" grep -q "left out $work/photos/broken-$name: " "$err"
done
ok "photographs: nothing else is named" same \
    "$(grep -o 'left out [^:]*' "$err" | sort -u | wc -l)" 3

# packed DIR OUT: packs the pictures; fails where the program was built without LMDB, and says so.
packed() {
    "$visage" convert "folder:$1" "$2" >"$out" 2>"$err" && return
    grep -q 'built without LMDB' "$err" || bad "convert folder:$1"
    echo "LMDB: not asked, the program was built without it"
    return 1
}

if packed "$work/photos" "$work/photos.lmdb"; then
    asked=$((asked + 1))
    tiny --set "data=lmdb:$work/photos.lmdb" --set steps=4 --out "$work/l" || bad "LMDB"
    ok "LMDB: $readable are read" same "$(field "$work/l" training images)" "$readable"
    for key in loss loss_parts weights_sha256; do
        ok "LMDB: the same $key as of the folder" \
            same "$(field "$work/a" training $key)" "$(field "$work/l" training $key)"
    done
fi

# ---- the same seed twice ------------------------------------------------------------------------

tiny --set steps=4 --out "$work/b" || bad "steps=4 (exit $?)"
tiny --set steps=4 --out "$work/c" || bad "steps=4 again (exit $?)"
tiny --set steps=4 --set seed=2 --out "$work/d" || bad "seed=2 (exit $?)"
weights=$(field "$work/b" training weights_sha256)
ok "the same weights" same "$weights" "$(field "$work/c" training weights_sha256)"
ok "the same losses" same "$(field "$work/b" training loss)" "$(field "$work/c" training loss)"
asked=$((asked + 1))
same "$weights" "$(field "$work/d" training weights_sha256)" && bad "seed=2 gives the same weights"

# ---- interruptions ------------------------------------------------------------------------------

# The steps are so many that the signal, sent once the first checkpoint is there, comes before the
# last; a run that ended all the same is seen by its exit code.
long=(--set steps=60 --set checkpoint_every=2)

# stop SIGNAL DIR: runs in the background, signals at the first checkpoint, sets `code`.
stop() {
    tiny_background "$2"
    for _ in $(seq 3000); do
        ls "$2"/*/quick-fra-small.running.safetensors >"$out" 2>&1 && break
        sleep 0.01
    done
    kill "-$1" "$running"
    wait "$running" 2>"$out"
    code=$?
}

tiny_background() {
    "$visage" run quick --only fra-small --set preset=tiny --set batch=6 "${long[@]}" --out "$1" \
        >"$work/stopped" 2>"$err" &
    running=$!
}

resumed() {
    local at
    at=$(field "$1" training resumed_at)
    [ -n "$at" ] && [ "$at" -gt 0 ] && [ "$at" -lt 60 ]
}

has_checkpoint() {
    ls "$1"/*/quick-fra-small.running.safetensors >"$out" 2>&1
}

tiny "${long[@]}" --out "$work/whole" || bad "60 steps (exit $?)"
weights=$(field "$work/whole" training weights_sha256)
losses=$(field "$work/whole" training loss)

for signal in KILL INT; do
    wanted=137
    [ $signal = INT ] && wanted=130
    stop $signal "$work/$signal"
    ok "SIG$signal: exit $code, wanted $wanted" [ "$code" -eq $wanted ]
    ok "SIG$signal: the checkpoint is kept" has_checkpoint "$work/$signal"
    asked=$((asked + 1))
    tiny "${long[@]}" --out "$work/$signal" || bad "SIG$signal: run again (exit $?)"
    ok "SIG$signal: the second run goes on from the first" resumed "$work/$signal"
    ok "SIG$signal: the same weights as without" \
        same "$weights" "$(field "$work/$signal" training weights_sha256)"
    ok "SIG$signal: the same losses as without" \
        same "$losses" "$(field "$work/$signal" training loss)"
    asked=$((asked + 1))
    has_checkpoint "$work/$signal" && bad "SIG$signal: a finished run leaves its checkpoint behind"
done

# ---- what cannot be done ------------------------------------------------------------------------

small=(--only fra-small --set preset=tiny --out "$work/none")

cannot "unknown suite 'nosuch'" run nosuch
cannot "unknown suite .*quick.suit'" run "$source/suites/quick.suit"
cannot 'no case has that name' run quick --only nosuch
cannot '--set nosuch: no case has such a setting' run quick --set nosuch=1
cannot "'nosuch' is not KEY=VALUE" run quick --set nosuch
cannot 'quick.suite:[0-9]+: batch: 1 is out of range, accepted are 2 to' run quick --set batch=1
cannot 'quick.suite:[0-9]+: mode: .*accepted are train throughput' run quick --set mode=fast
cannot '/dev/null: cannot be made: Not a directory' run quick "${small[@]}" --out /dev/null/x
cannot "device 'nosuch': no device matches; there are: 0:0" run quick --device nosuch
cannot 'no data set "nosuch", wanted one of: .*synthetic' run quick "${small[@]}" --set data=nosuch
cannot "$work/nosuch: .*No such file" run quick "${small[@]}" --set "data=folder:$work/nosuch"
cannot "$work/nosuch: .*No such file" run quick "${small[@]}" --set "data=list:$work/nosuch"
cannot 'synth: .* accepted are folder lmdb' synth "$work/none" --count 1 --format nosuch
cannot 'is not empty' synth "$work/photos" --count 1

mkdir "$work/empty"
(
    unset OCL_ICD_FILENAMES
    export OCL_ICD_VENDORS="$work/empty"
    wrong=0
    cannot 'no OpenCL device: .*OCL_ICD_VENDORS' run quick "${small[@]}"
    exit $wrong
) || wrong=$((wrong + 1))
asked=$((asked + 1))

# trace NAME JSON: a file with that header and no tensors.
trace() {
    python3 - "$work/$1" "$2" <<'END'
import struct, sys
header = sys.argv[2].encode()
open(sys.argv[1], "wb").write(struct.pack("<Q", len(header)) + header)
END
}

golden="$source/tests/golden/fra-tiny.safetensors"
head -c 100000 "$golden" >"$work/cut-header.safetensors"
head -c 1000000 "$golden" >"$work/cut-data.safetensors"
cp "$source/meson.build" "$work/text.safetensors"
trace other.safetensors '{"__metadata__": {"method": "nosuch", "steps": "1", "batch": "2"}}'
trace bare.safetensors '{"__metadata__": {"method": "fra"}}'
cannot 'cut-header.safetensors: ' parity "$work/cut-header.safetensors"
cannot 'cut-data.safetensors: ' parity "$work/cut-data.safetensors"
cannot 'text.safetensors: ' parity "$work/text.safetensors"
cannot "a trace of method 'nosuch', wanted one of: .*fra" parity "$work/other.safetensors"
cannot "not a golden trace: its metadata has no 'steps'" parity "$work/bare.safetensors"
cannot 'nosuch.safetensors: .*No such file' parity "$work/nosuch.safetensors"

# A checkpoint into a backbone of another width: the first tensor that differs.
checkpoint=$(ls "$work"/b/*/fra-small.safetensors)
cannot "'online_net.backbone.conv1.weight' is \[8, 3, 7, 7\], the model has \[16, 3, 7, 7\]" \
    run quick --only expression --set "from=$checkpoint" --set width=16 --set train=64 \
    --set val=32 --set test=32 --out "$work/none"
cannot "nosuch.safetensors: .*No such file" run quick --only expression \
    --set "from=$work/nosuch.safetensors" --out "$work/none"

# 65536 images of 1024 x 1024 are more than any device holds.
cannot '[0-9.]+ MiB wanted .*batch=65536 does not fit, batch=[0-9]+ would' \
    run quick "${small[@]}" --set image=1024 --set batch=65536

echo "$asked asked, $wrong wrong"
[ $wrong -eq 0 ]
