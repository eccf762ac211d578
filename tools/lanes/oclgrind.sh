#!/usr/bin/env bash
# Runs a command on Oclgrind's simulated device.  Races between work-items, uninitialised reads,
# accesses outside a buffer and diverging barriers fail it.  Slow: for small cases.
. "$(dirname "$0")/lane.sh"

command -v oclgrind >/dev/null || skip "no oclgrind (Debian: oclgrind)"
! ldd "$(command -v "$1")" 2>/dev/null | grep -q libasan ||
    skip "Oclgrind and AddressSanitizer both want to be loaded first: build without one"
need_device Oclgrind oclgrind

# What whole_writes.c is for stands at its top.
"${CC:-cc}" -D_GNU_SOURCE -DCL_TARGET_OPENCL_VERSION=120 -O2 -shared -fPIC \
    -o "$files/whole_writes.so.$$" "$here/whole_writes.c"
mv "$files/whole_writes.so.$$" "$files/whole_writes.so"
preload="$files/whole_writes.so:$(oclgrind printenv LD_PRELOAD)"

# Built without optimisation, and anew each time: its interpreter does not know the `freeze` that
# LLVM's optimiser writes, and a stored binary has lost its lines.
options=(--build-options -cl-opt-disable --data-races --uninitialized --check-api --max-errors 20)
export VISAGE_CACHE=/dev/null

log="$files/log.$$"
trap 'rm -f "$log"' EXIT
rc=0
oclgrind "${options[@]}" env LD_PRELOAD="$preload" "$@" 2>&1 | tee "$log" || rc=$?

# Every report has one of these lines below its headline; the command's own output has none.
report=$'^\t(Kernel|Function): '
if grep -Eq "$report" "$log"; then
    first="$(grep -EB1 -m1 "$report" "$log" | paste -sd ' ')"
    echo "oclgrind: $(grep -Ec "$report" "$log") reports, the first: $first"
    exit 1
fi
exit "$rc"
