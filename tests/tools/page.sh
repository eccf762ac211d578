#!/usr/bin/env bash
# `visage report` from outside: what is on its page, what it says when it cannot, how large it is.
#
#     page.sh VISAGE SOURCE [BROWSER]
#
# With the word "browser" the pages are opened in headless Chromium (tests/tools/page.py); exit 77
# where there is none (Debian: chromium; or $CHROMIUM names one).
set -u
visage="$1"
source="$2"
export NO_COLOR=1
wrong=0
asked=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bad() {
    echo "WRONG: $*"
    wrong=$((wrong + 1))
}

invent() {
    python3 "$source/tests/report/invent.py" "$work/$1" "$1"
}

# page NAME OPTIONS...: the page of invented rows.
page() {
    local name="$1"
    shift
    asked=$((asked + 1))
    "$visage" report "$work/$name" -o "$work/$name.html" "$@" >"$work/out" 2>&1 ||
        bad "report $name: $(cat "$work/out")"
}

# refused PATTERN WORDS...: exit 3 and one line.
refused() {
    local pattern="$1"
    shift
    asked=$((asked + 1))
    "$visage" report "$@" >/dev/null 2>"$work/err"
    [ $? -eq 3 ] && grep -Eq "^visage: .*$pattern" "$work/err" ||
        bad "report $*: $(cat "$work/err")"
}

# has NAME TEXT...: every text is on the page.
has() {
    local name="$1" text
    shift
    for text; do
        asked=$((asked + 1))
        grep -Fq -- "$text" "$work/$name.html" || bad "$name: no '$text'"
    done
}

if [ "${3:-}" = browser ]; then
    chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser)}
    [ -n "$chromium" ] || {
        echo "skipped: no Chromium here (Debian: chromium)"
        exit 77
    }
    for name in devices missing hostile; do
        invent "$name"
        page "$name"
        python3 "$source/tests/tools/page.py" "$chromium" "$work/$name.html" || bad "$name"
    done
    echo "$asked asked, $wrong wrong"
    exit $((wrong > 0))
fi

mkdir "$work/empty"
refused '-o FILE.html is missing' "$work/empty"
refused 'wants more' -o "$work/x.html"
refused 'no-such-path' "$work/no-such-path" -o "$work/x.html"
refused "$work/empty" "$work/empty" -o "$work/x.html"
refused 'is for a --baseline' "$work/empty" -o "$work/x.html" --across
[ ! -e "$work/x.html" ] || bad "a page of nothing"

invent devices
refused 'no-such-folder' "$work/devices" -o "$work/no-such-folder/x.html"
refused 'no-such-path' "$work/devices" -o "$work/x.html" --baseline "$work/no-such-path"
page devices --title 'Four & more'
has devices '<title>Four &amp; more</title>' 'id="roofline"' 'id="loss"' 'id="accuracy"' \
    'id="pictures"' 'id="operators"' 'id="memory"' 'id="telemetry"' 'id="devices"' \
    'Unseen faces beside their region heatmaps' 'what was reconstructed' 'data:image/png;base64,' \
    'not checked' 'not finite at element 3' '1 older row' 'measured ceilings'
[ "$(grep -o 'data:image/png' "$work/devices.html" | wc -l)" -eq 2 ] || bad "two pictures"
page devices --baseline "$work/devices"
has devices 'id="baseline"' 'Rows of the baseline'

invent missing
page missing
has missing '<span class="missing">missing' '(no name)' '(no suite)' 'no device'

invent hostile
page hostile
has hostile '&lt;script&gt;alert(1)&lt;/script&gt;' 'two\u000alines' '\u202eright to left'
[ "$(grep -c '<script' "$work/hostile.html")" -eq 1 ] || bad "a script that is not the page's own"

invent many
page many
bytes=$(stat -c %s "$work/many.html")
[ "$bytes" -lt 10000000 ] || bad "the page of 10000 rows has $bytes bytes"
has many 'are too many rows for one page' 'older rows' 'without a plot of its own'

for name in devices missing hostile many; do
    asked=$((asked + 1))
    python3 "$source/tests/report/balanced.py" "$work/$name.html" || bad "$name: is not balanced"
done
echo "$asked asked, $wrong wrong"
[ $wrong -eq 0 ]
