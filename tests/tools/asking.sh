# Sourced by the tests that ask `visage` from outside: what they count, and how they ask.  Wants
# $visage; gives $work, a folder that goes when the test ends.
# shellcheck shell=bash disable=SC2034,SC2154

wrong=0
asked=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out="$work/out" err="$work/err"

"$visage" devices >"$out" 2>&1 || {
    echo "skipped: no device: $(tail -n 1 "$out")"
    exit 77
}

bad() {
    echo "WRONG: $*"
    sed 's/^/    /' "$err"
    wrong=$((wrong + 1))
}

# ok WHAT COMMAND...: the command succeeds.
ok() {
    local what="$1"
    shift
    asked=$((asked + 1))
    "$@" || bad "$what"
}

# The small pre-training case of suites/quick.suite, made tiny.
tiny() {
    "$visage" run quick --only fra-small --set preset=tiny --set batch=6 "$@" >"$out" 2>"$err"
}

# field DIR KEYS...: a value of the last row below DIR, as JSON.
field() {
    local rows
    rows=$(ls "$1"/*/quick.jsonl) || return
    python3 - "$rows" "${@:2}" <<'END'
import json, sys
row = json.loads(open(sys.argv[1]).readlines()[-1])
for key in sys.argv[2:]:
    row = row[key]
print(json.dumps(row))
END
}

same() {
    [ -n "$1" ] && [ "$1" = "$2" ]
}

# cannot PATTERN WORDS...: exit 3, and one line on standard error besides that about the device.
cannot() {
    local pattern="$1" code
    shift
    asked=$((asked + 1))
    "$visage" "$@" >"$out" 2>"$err" </dev/null
    code=$?
    [ $code -eq 3 ] || bad "visage $* (exit $code, wanted 3)"
    [ "$(grep -vc '^device [0-9]*:[0-9]*  ' "$err")" -eq 1 ] || bad "visage $* (one line)"
    grep -Eq "^visage: .*$pattern" "$err" || bad "visage $* (no '$pattern')"
}
