# Sourced by the lanes: each runs a command where one implementation of OpenCL is the only one.
# shellcheck shell=bash
#
#     tools/lanes/pocl.sh build/visage check
#
# Exit 77, with the reason in the last line, where the implementation cannot be had.  Files go to
# $VISAGE_LANES, by default build/lanes.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
lane="$(basename "$0" .sh)"
files="${VISAGE_LANES:-$here/../../build/lanes}/$lane"
mkdir -p "$files/icd"
files="$(cd "$files" && pwd)"

export LSAN_OPTIONS="suppressions=$here/leaks.supp:print_suppressions=0:${LSAN_OPTIONS:-}"

skip() {
    echo "skipped: $lane: $*"
    exit 77
}

# use_icd LIBRARY: OpenCL is this library and nothing else.
use_icd() {
    echo "$1" >"$files/icd/$lane.icd.$$"
    mv "$files/icd/$lane.icd.$$" "$files/icd/$lane.icd"
    export OCL_ICD_VENDORS="$files/icd"
}

# use_installed NAME PACKAGE: the implementation that the system registered as NAME.icd.
use_installed() {
    local icd="/etc/OpenCL/vendors/$1.icd"
    [ -r "$icd" ] || skip "no $icd (Debian: $2)"
    use_icd "$(head -n 1 "$icd")"
}

# need_device PLATFORM [WRAPPER...]: a lane without its device must not pass by absence.
need_device() {
    local platform="$1" found
    shift
    found="$("$@" python3 "$here/devices.py")" || skip "$found"
    case "$found" in
        "$platform"*) echo "lane $lane: $found" ;;
        *) skip "expected a device of $platform, found $found" ;;
    esac
}

[ $# -gt 0 ] || { echo "usage: $0 COMMAND [WORD...]" >&2; exit 3; }
