#!/usr/bin/env bash
# Runs a command on Mesa's rusticl with llvmpipe: the processor as a GPU's driver would use it.
# A group of one work-item is slow there; local tiles are what it exercises.
. "$(dirname "$0")/lane.sh"

export RUSTICL_ENABLE=llvmpipe
use_installed rusticl mesa-opencl-icd
need_device rusticl

# Mesa 22.3 does not wait for the thread of a queue that is released, so that a process which ends
# just then can crash after its tests have passed.  Then, and only then, they are asked again.
passed_and_crashed() {
    grep -q "crashed during its setup or teardown" "$1" && grep -q "Failing: 0 | Crashing: 0" "$1"
}

said="$(mktemp)"
trap 'rm -f "$said"' EXIT
"$@" 2>&1 | tee "$said" && exit
passed_and_crashed "$said" || exit 1
echo "rusticl: all passed, and a process crashed as it ended: again"
"$@"
