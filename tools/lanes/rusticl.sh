#!/usr/bin/env bash
# Runs a command on Mesa's rusticl with llvmpipe: the processor as a GPU's driver would use it.
# A group of one work-item is slow there; local tiles are what it exercises.
. "$(dirname "$0")/lane.sh"

export RUSTICL_ENABLE=llvmpipe
use_installed rusticl mesa-opencl-icd
need_device rusticl
exec "$@"
