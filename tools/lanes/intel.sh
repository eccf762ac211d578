#!/usr/bin/env bash
# Runs a command on Intel's runtime for processors, from PyPI into a folder of its own.  It is
# proprietary, so only ever a place to test.
. "$(dirname "$0")/lane.sh"

release=2026.2.0
venv="$files/venv"
library="$venv/lib/libintelocl.so"

fetch() {
    rm -rf "$venv"
    python3 -m venv "$venv" || return 1
    timeout 300 "$venv/bin/pip" install -q --no-cache-dir \
        "intel-opencl-rt==$release" "intel-cmplr-lib-rt==$release"
}

exec 9>"$files/lock"
flock 9
if [ ! -e "$library" ]; then
    why="$(fetch 2>&1)" || { rm -rf "$venv"; skip "no runtime from PyPI: $(tail -n 1 <<<"$why")"; }
fi
exec 9>&-

use_icd "$library"
need_device "Intel(R) OpenCL"
exec "$@"
