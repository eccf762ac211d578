#!/usr/bin/env bash
# Images and weights of other programs, from outside: a folder, a list and a database of the same
# pictures give the same row; weights go out to a published layout and come back; a run starts from
# them; what does not fit is named.
#
#     weights.sh VISAGE SOURCE BUILD
#
# Everything runs at the tiny preset.  PyTorch's own files are asked about where $VISAGE_TORCH, a
# python with torch, or the python3 here has it.  Exit 77 where there is no device.
set -u
visage="$1"
source="$2"
export VISAGE_SUITES="$source/suites" NO_COLOR=1
# shellcheck source=tests/tools/asking.sh
. "$source/tests/tools/asking.sh"

# quiet WHAT WORDS...: visage does it.
quiet() {
    local what="$1"
    shift
    asked=$((asked + 1))
    "$visage" "$@" >"$out" 2>"$err" </dev/null || bad "$what (exit $?)"
}

# ---- images -------------------------------------------------------------------------------------

# Which parts of two rows differ, the settings aside, in one line.
differences() {
    python3 - "$1"/*/quick.jsonl "$2"/*/quick.jsonl <<'END'
import json, sys
a, b = (json.loads(open(path).readlines()[-1]) for path in sys.argv[1:])
timed = {"time", "time_ns", "throughput", "ceiling", "setup", "telemetry", "profile",
         "row_sha256", "settings"}
print(" ".join(sorted(key for key in a if key not in timed and a[key] != b.get(key))) or "none")
END
}

quiet "synth" synth "$work/faces" --count 30 --size 80
(cd "$work/faces" && ls -d images/*) >"$work/faces/list.txt"
tiny --set "data=folder:$work/faces/images" --set steps=4 --out "$work/folder" || bad "a folder"
tiny --set "data=list:$work/faces/list.txt" --set steps=4 --out "$work/list" || bad "a list"
ok "a list gives the row of the folder" same "$(differences "$work/folder" "$work/list")" none

if "$visage" convert "list:$work/faces/list.txt" "$work/packed" >"$out" 2>"$err"; then
    quiet "synth --format lmdb" synth "$work/drawn" --count 30 --size 80 --format lmdb
    for name in packed drawn; do
        tiny --set "data=lmdb:$work/$name" --set steps=4 --out "$work/$name.rows" ||
            bad "lmdb:$name"
        ok "$name gives the row of the folder" \
            same "$(differences "$work/folder" "$work/$name.rows")" none
    done
    ok "synth packs the bytes that convert packs" cmp -s "$work/packed/data.mdb" \
        "$work/drawn/data.mdb"
    ok "synth writes the labels" cmp -s "$work/faces/labels.csv" "$work/drawn/labels.csv"
    mkdir "$work/cut"
    head -c 100000 "$work/drawn/data.mdb" >"$work/cut/data.mdb"
    cannot 'cut/data.mdb: is cut: 100000 bytes' \
        run quick --only fra-small --set "data=lmdb:$work/cut" --out "$work/none"
    cannot 'is not empty' convert "list:$work/faces/list.txt" "$work/packed"
    cannot 'draws its images' convert synthetic:3 "$work/none.lmdb"
    ok "nothing is left of what failed" [ ! -e "$work/none.lmdb" ]
    cannot 'are of weights' convert "list:$work/faces/list.txt" "$work/none.lmdb" method=fra
else
    ok "a program without LMDB says so" grep -q 'built without LMDB' "$err"
    echo "LMDB: not asked, the program was built without it"
fi

# ---- weights out and in -------------------------------------------------------------------------

tiny --set steps=3 --out "$work/first" || bad "three steps"
ours=$(ls "$work"/first/*/fra-small.safetensors)
theirs="$work/theirs.safetensors"
quiet "to the published layout" convert "$ours" "$theirs"
ok "encoder_q is there twice" grep -q '369 tensors of fra, layout published' "$out"
quiet "and back" convert "$theirs" "$work/back.safetensors" preset=tiny batch=6
quiet "ours without its optimiser" convert "$ours" "$work/plain.safetensors" --layout visage

# sha NAME INIT...: four steps from there, the digest of the weights.
sha() {
    local name="$1"
    shift
    tiny --set steps=4 "$@" --out "$work/$name" || bad "$name (exit $?)"
    field "$work/$name" training weights_sha256
}

fresh=$(sha fresh)
from_ours=$(sha from-ours --set "init=$ours")
ok "a run starts from a checkpoint" [ "$fresh" != "$from_ours" ]
ok "and says so" grep -q "starting from 297 tensors of $ours" "$err"
ok "its row names the file by its digest" same "$(field "$work/from-ours" training init_sha256)" \
    "\"$(sha256sum "$ours" | cut -d ' ' -f 1)\""
for name in theirs back plain; do
    ok "$name starts the same run" \
        same "$from_ours" "$(sha "from-$name" --set "init=$work/$name.safetensors")"
done

quiet "the backbone alone" convert "$ours" "$work/backbone.safetensors" --layout backbone \
    --prefix module.encoder_q.
backbone=$(sha backbone --set "init=$work/backbone.safetensors")
ok "a backbone starts another run" [ "$backbone" != "$from_ours" ]
ok "a backbone is loaded" [ "$backbone" != "$fresh" ]

evaluate() {
    "$visage" run quick --only expression --set "from=$1" --set iterations=5 --set train=64 \
        --set val=32 --set test=32 --out "$2" >"$out" 2>"$err" || bad "evaluate $1"
    field "$2" accuracy
}

ok "a task takes what came back" same "$(evaluate "$ours" "$work/e1")" \
    "$(evaluate "$work/back.safetensors" "$work/e2")"

cannot "theirs.safetensors: tensor '.*' is \[.*\], the model has \[" convert "$theirs" "$work/x"
cannot "no layout 'nosuch', accepted are visage" convert "$ours" "$work/x" --layout nosuch
cannot 'a checkpoint of fra, not of mcf' convert "$ours" "$work/x" method=mcf
cannot "convert: unknown setting 'nosuch'" convert "$ours" "$work/x" nosuch=1
cannot "layout 'visage' holds the model's '.*' and this file does not" \
    convert "$work/backbone.safetensors" "$work/x" preset=tiny
cannot 'No such file' convert "$work/nosuch.safetensors" "$work/x"
cannot "theirs.safetensors: tensor 'module.*' is \[8\], the model has \[16\]" \
    run quick --only fra-small --set preset=tiny --set width=16 --set "init=$theirs" \
    --out "$work/none"
ok "nothing was written" [ ! -e "$work/x" ]

# ---- PyTorch's own files ------------------------------------------------------------------------

find_torch() {
    for python in "${VISAGE_TORCH:-}" python3; do
        [ -n "$python" ] && "$python" -c 'import torch' 2>"$err" && return
    done
    return 1
}

# make OUT KIND: a file as training programs write it, of the published weights.
make_pth() {
    PYTHONPATH="$source/tools/parity" "$python" - "$theirs" "$1" "$2" <<'END'
import argparse, os, sys, torch, tensors
weights, _ = tensors.load(sys.argv[1])
content = {"state_dict": weights, "epoch": 3, "arch": "FRAB"}
if sys.argv[3] == "namespace":
    content["args"] = argparse.Namespace(lr=0.9)
if sys.argv[3] == "code":
    class Evil:
        def __reduce__(self):
            return os.system, ("touch " + sys.argv[2] + ".ran",)
    content["args"] = Evil()
torch.save(weights if sys.argv[3] == "bare" else content, sys.argv[2],
           _use_new_zipfile_serialization=sys.argv[3] != "old")
END
}

unpack() {
    "$python" "$source/tools/parity/pth_to_safetensors.py" "$@" >"$out" 2>"$err"
}

if find_torch; then
    for kind in plain bare old namespace; do
        more=()
        [ $kind = namespace ] && more=(--allow-namespace)
        make_pth "$work/$kind.pth" $kind
        ok "unpacks $kind" unpack "$work/$kind.pth" "$work/$kind.safetensors" "${more[@]}"
        quiet "convert $kind" convert "$work/$kind.safetensors" "$work/$kind.back" preset=tiny \
            batch=6
        ok "$kind: the same weights" cmp -s "$work/$kind.back" "$work/back.safetensors"
    done
    cannot "a file of PyTorch's own.*pth_to_safetensors.py" convert "$work/plain.pth" "$work/x"
    cannot "a file of PyTorch's own.*pth_to_safetensors.py" convert "$work/old.pth" "$work/x"
    make_pth "$work/code.pth" code
    asked=$((asked + 3))
    unpack "$work/code.pth" "$work/x" && bad "a pickle that runs a program is loaded"
    unpack "$work/namespace.pth" "$work/x" && bad "a Namespace is loaded unasked"
    unpack "$work/plain.pth" "$work/x" --entry nosuch && bad "an entry that is not there"
    ok "nothing in a pickle was run" [ ! -e "$work/code.pth.ran" ]
else
    echo "PyTorch's own files: not asked, there is no python with torch"
fi

echo "$asked asked, $wrong wrong"
[ $wrong -eq 0 ]
