# Sourced by tools/quickstart and tools/test: Debian packages, and folders that can be written.
# shellcheck shell=bash disable=SC2034

BUILD_PACKAGES=(
    gcc libc6-dev meson ninja-build pkg-config python3 ca-certificates
    pocl-opencl-icd ocl-icd-opencl-dev opencl-headers libclblast-dev
    libcriterion-dev libjansson-dev libstb-dev libjpeg62-turbo-dev liblmdb-dev
    libsqlite3-dev sqlite3
)

# What only some tests need: other implementations and other compilers.  Every one can be missing;
# the tests that wanted it then say so and are counted as skipped.
TEST_PACKAGES=(
    clang-format clang-19 oclgrind mesa-opencl-icd intel-opencl-icd
    python3-venv python3-pip python3-jsonschema
)

say() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            echo "$package"
    done
}

# The words that make a command run as root: none for root, sudo where it would not be refused.
root_words() {
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo >/dev/null || return 1
    [ -t 0 ] || sudo -n true 2>/dev/null || return 1
    echo sudo
}

is_debian_12() {
    [ -r /etc/os-release ] && command -v dpkg-query >/dev/null &&
        (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ])
}

# install_packages NAME...: installs what is missing.  Fails, having said what to type, where it
# may not; elsewhere than on Debian 12 it only says what is wanted and leaves the rest to the user.
install_packages() {
    local missing words line
    if ! is_debian_12; then
        say "not Debian 12; wanted here are what Debian calls: $*"
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0

    line="apt-get install -y --no-install-recommends ${missing[*]}"
    if ! words=$(root_words); then
        say "packages are missing; as root, run: apt-get update && $line"
        return 1
    fi
    say "installing ${missing[*]}"
    # shellcheck disable=SC2086  # both are lists of words
    { $words apt-get update -q && $words env DEBIAN_FRONTEND=noninteractive $line -q; } >&2
}

# Compilers keep what they built below the home folder.  Where there is none, or it is read-only,
# they keep it in the folder given here.
use_caches() {
    local cache="${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}"
    { [ -n "$cache" ] && mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null && return 0
    mkdir -p "$1"
    XDG_CACHE_HOME="$(cd "$1" && pwd)"
    export XDG_CACHE_HOME POCL_CACHE_DIR="$XDG_CACHE_HOME/pocl"
    say "the home folder cannot be written: caches go to $1"
}
