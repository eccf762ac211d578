#!/usr/bin/env bash
# Runs a command on PoCL alone: the processor through LLVM.
. "$(dirname "$0")/lane.sh"

use_installed pocl pocl-opencl-icd
need_device "Portable Computing Language"
exec "$@"
