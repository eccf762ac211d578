#!/usr/bin/env bash
# What `visage` says when it cannot do what it is asked, and how it exits.
#
#     cli.sh VISAGE
#
# Every failure is exit code 3 and one line on standard error that begins with "visage: ".
set -u
visage="$1"
wrong=0
asked=0
out=$(mktemp)
err=$(mktemp)
trap 'rm -f "$out" "$err"' EXIT

bad() {
    echo "WRONG: visage $*"
    sed 's/^/    /' "$out" "$err"
    wrong=$((wrong + 1))
}

# expect CODE PATTERN WORDS...: the exit code, and a pattern of the output (of 3: of the last line
# on standard error, where exactly one line begins with "visage: ").
expect() {
    local code=$1 pattern=$2 got
    shift 2
    asked=$((asked + 1))
    "$visage" "$@" >"$out" 2>"$err" </dev/null
    got=$?
    if [ $got -ne "$code" ]; then
        bad "$* (exit $got, wanted $code)"
    elif [ "$code" -eq 3 ]; then
        [ "$(grep -c '^visage: ' "$err")" -eq 1 ] || bad "$* (one line beginning with 'visage: ')"
        tail -n 1 "$err" | grep -Eq "^visage: .*$pattern" || bad "$* (no '$pattern')"
    else
        grep -Eq "$pattern" "$out" || bad "$* (no '$pattern')"
    fi
}

expect 0 'visage COMMAND' --help
expect 0 '^visage [0-9]+\.[0-9]+\.[0-9]+ \(.+\)$' --version
expect 3 "unknown command 'chek', did you mean 'check'\?, there are: .*devices" chek
expect 3 'check: unknown option --devise, accepted are --help, --device, --seed' check --devise=x
expect 3 'check: unknown option -x, accepted are' check -x
expect 3 'check: --seed wants a value: --seed N' check --seed
expect 3 "check: --seed: 'many' is not an integer" check --seed many
expect 3 'check: --seed: -1 is out of range, accepted are 0 to' check --seed=-1
expect 3 'check: --small takes no value' check --small=3
expect 3 "check: 'two' is one word too many: visage check \[PATTERN\]" check one two
expect 3 "no operator matches 'nothing', there are: .*l2norm" check nothing
expect 3 "unknown topic 'nothing'" help nothing

for command in $("$visage" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
    expect 0 "^visage $command" "$command" --help
    expect 0 "^visage $command" help "$command"
    expect 3 "$command: unknown option --no-such-option" "$command" --no-such-option
done

# Without a device: what needs none works, the rest says what to do.
export OCL_ICD_VENDORS=/nonexistent
expect 0 '^l2norm .* cases tested' ops l2norm
expect 0 '^l2norm.common,reduce,l2norm.-DWG=64' ops op/l2norm --programs
expect 0 'operator l2norm' help l2norm
expect 3 'no OpenCL device: .*OCL_ICD_VENDORS' devices
expect 3 'no OpenCL device: .*OCL_ICD_VENDORS' check
expect 3 'no OpenCL device: .*OCL_ICD_VENDORS' bench
unset OCL_ICD_VENDORS

# With one.
if "$visage" devices >"$out" 2>/dev/null; then
    expect 3 "device 'no-such-device': no device matches; there are: 0:0 " \
        check --device no-such-device
    expect 3 "device '77:0': no device matches" bench --device 77:0
    expect 0 '^l2norm +[0-9]+ cases .* ok$' check op/l2norm
    expect 0 '^\{"devices": \[\{"index": "0:0"' devices --json
    VISAGE_SUITES=/nonexistent expect 0 '^l2norm' check op/l2norm
else
    echo "no device here: what needs one is not asked"
fi

echo "$asked asked, $wrong wrong"
[ $wrong -eq 0 ]
