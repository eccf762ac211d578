#!/usr/bin/env bash
# `visage history` on rows whose changes were planted.
#
#     history.sh VISAGE SOURCE
set -u
visage=$(realpath "$1")
rows="$2/tests/tools/history_rows.py"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1   # where there is no results/accepted
wrong=0
asked=0

bad() {
    echo "WRONG: $*"
    sed 's/^/    /' "$dir/out" "$dir/err" | head -40
    wrong=$((wrong + 1))
}

# run CODE WORDS...: the exit code of `visage history`.
run() {
    local code=$1 got
    shift
    asked=$((asked + 1))
    "$visage" history "$@" >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    [ $got -eq "$code" ] || bad "history $* (exit $got, wanted $code)"
}

says() { grep -Eq -- "$1" "$dir/out" || bad "no '$1'"; }
warns() { grep -Eq -- "$1" "$dir/err" || bad "no '$1' on standard error"; }
silent() { ! grep -Eq -- "$1" "$dir/out" "$dir/err" || bad "'$1' is there"; }

python3 "$rows" rows || exit 1
op=rows/planted-device/op

run 1 rows
says '^worse +slower +planted-device +time +32 +1\.05 ms +\+[45]\.[0-9] % +000000000014 '
says '^better +faster '
says '^better +repaired '
says '^same +steady +planted-device +time +30 '
says '^same +failures +planted-device +time +22 '
says '^environment +environment '
says '^few rows +short '
says 'first row rows/planted-device/op/slower.jsonl:21, 2026-.*, commit 000000000014;'
says 'last before of 000000000013$'
says 'driver: 1\.0 -> 2\.0\?\[31m; other programs'
says 'driver, compiler and host as before; the same programs'
[ "$(grep -c 'first row .*repaired' "$dir/out")" -eq 2 ] || bad "repaired changes twice"

# Exit codes: what is worse, what nothing explains, what has too few rows, what is not there.
run 0 rows --case faster
run 0 rows --case repaired --metric time
run 2 rows --case environment
run 2 rows --case short
run 3 rows --case no-such-case
warns '^visage: history: no row below rows has a case'
run 3 no-such-folder
run 3 rows --p 2
mkdir -p empty
run 3 empty
warns 'no file \*\.jsonl below it'

# A smaller effect than matters; accepted; overlapping paths count a row once.
run 0 rows --case slower --least 10
echo 'case=slower device=* commits=000000000013..000000000014 reason="exact sums"' >accepted
run 0 rows --case slower --accepted accepted
says '^accepted +slower '
says 'accepted, p .*: exact sums'
run 1 rows rows/planted-device "$op/slower.jsonl" --case slower --metric time
says '^worse +slower +planted-device +time +32 '

# Commits measured in another order than they were made: times rise, commits fall.
python3 - "$op/slower.jsonl" >backwards.jsonl <<'PY'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
for row, other in zip(reversed(rows), rows):
    print(json.dumps({**row, "time": other["time"], "commit": row["commit"][:12] + "-dirty"}))
PY
run 0 backwards.jsonl --metric time
says '^better +slower .*000000000013-dirty'
for ((i = 0; i < 31; i++)); do printf '%012x%028x a subject\n' $i 0; done >order
run 1 backwards.jsonl --metric time --order order
says '^worse +slower +planted-device +time +31 +1\.05 ms +\+[45]\.[0-9] % +000000000014-dirty '
warns '1 rows are of commits that the order does not name'
run 3 backwards.jsonl --order no-such-file

run 1 rows --case slower --json
python3 - "$dir/out" <<'PY' || bad "the JSON"
import json, sys
time = [s for s in json.load(open(sys.argv[1]))["series"] if s["metric"] == "time"]
change, = time[0]["changes"]
assert len(time) == 1 and len(time[0]["values"]) == 32 and change["at"] == 20, time
assert change["turn"] == "worse" and 0.04 < change["magnitude"] < 0.06 and change["p"] < 1e-9
assert change["first_row"]["line"] == 21 and change["first_row"]["commit"] == "000000000014"
PY

if "$visage" history rows --sql 'select 1' 2>&1 | grep -q 'built without SQLite'; then
    echo "built without SQLite: the index is not tried"
    echo "$asked asked, $wrong wrong"
    [ $wrong -eq 0 ]
    exit
fi

# What --sql answers, and refuses.
count() { "$visage" history rows --sql 'select count(*) from rows' 2>/dev/null | tail -n 1; }
is_count() { [ "$(count)" = "$1" ] || bad "$(count) rows in the index, wanted $1 ($2)"; }

run 0 rows --sql "select name, count(*) as n from rows where ok group by name order by name"
says '^failures +22'
run 0 rows --json \
    --sql "select name, median_ns, null as none from rows where name = 'slower' limit 1"
says '^\{"name": "slower", "median_ns": [0-9.]+, "none": null\}$'
run 3 rows --sql 'select no_such from rows'
warns 'no such column'
run 3 rows --sql 'delete from rows'
warns 'only read'
run 3 rows --sql "attach 'other.sqlite' as other"
run 3 rows --sql 'select 1; select 2'
warns 'one statement'
[ ! -e other.sqlite ] || bad "attach made a file"

# Brought up to date: rows appended, a last line cut and repaired, a file edited, gone, and back.
total=$(cat "$op"/*.jsonl | wc -l)
is_count "$total" "all rows"
cp "$op/steady.jsonl" steady
tail -n 1 steady >>"$op/steady.jsonl"
is_count $((total + 1)) "one appended"
head -c 200 steady >>"$op/steady.jsonl"
run 0 rows --case steady
warns 'cut short'
is_count $((total + 1)) "one cut short"
cat steady >"$op/steady.jsonl"
is_count "$total" "another beginning"
sed -i '1s/steady/staedy/' "$op/steady.jsonl"   # the same size, at once
run 0 rows --sql "select line from rows where name = 'staedy'"
says '^1$'
rm "$op/steady.jsonl"
is_count $((total - 30)) "a file gone"
cp steady "$op/steady.jsonl"
is_count "$total" "and back"
printf 'not a row\n' >>"$op/steady.jsonl"
run 0 rows --case steady
warns 'is not JSON'
touch -d '1 hour ago' "$op"/*.jsonl   # so that their times tell
is_count "$total" "a line that is no row"
run 0 rows --case steady
warns '1 lines that are no rows are left out'

# Damaged, of another program, deleted: made anew.
echo 'damaged' >rows/.index/rows.sqlite
is_count "$total" "damaged"
dd if=/dev/urandom of=rows/.index/rows.sqlite bs=1024 seek=4 count=8 conv=notrunc 2>/dev/null
is_count "$total" "damaged further in"
rm -r rows/.index
is_count "$total" "deleted"
[ "$(cat rows/.index/.gitignore)" = '*' ] || bad "the index is not left out of version control"

# The shell of SQLite, where there is one, only reads too.
if command -v sqlite3 >/dev/null; then
    printf 'select count(*) from rows;\ndelete from rows;\n' |
        "$visage" history rows --sql >out 2>err
    says "^$total\$"
    warns 'readonly'
fi

# A folder whose index cannot be written (its lock is a folder): used as it is while that is up to
# date, otherwise, or where there can be none, made in memory.
touch -d '1 hour ago' "$op"/*.jsonl
is_count "$total" "before"
rm rows/.index/lock
mkdir rows/.index/lock
is_count "$total" "an index that is only read"
tail -n 1 steady >>"$op/steady.jsonl"
is_count $((total + 1)) "an index in memory"
rm -r rows/.index
touch rows/.index
is_count $((total + 1)) "no index"
run 3 rows --sql
warns 'folder that can be written'
rm rows/.index
cp steady "$op/steady.jsonl"
is_count "$total" "the index is back"

# Eight at once, on an index that is not there yet and while rows are appended.
rm -r rows/.index
for i in 1 2 3 4 5 6 7 8; do
    { head -n $i steady >"$op/more-$i.jsonl"
      "$visage" history rows --sql 'select count(*) from rows' >"at-once-$i" 2>&1 ||
          echo failed >>"at-once-$i"; } &
done
wait
! grep -l -E 'failed|visage: [^w]' at-once-* || bad "eight at once: $(cat at-once-*)"
for i in 1 2 3 4 5 6 7 8; do   # each sees at least what was there and what it wrote
    [ "$(tail -n 1 at-once-$i)" -ge $((total + i)) ] || bad "number $i: $(cat at-once-$i)"
done
is_count $((total + 36)) "eight at once"

# The same answer without an index, as from a folder that cannot be written: from a file.
"$visage" history rows --case slower --metric time --json 2>/dev/null >with
"$visage" history "$op/slower.jsonl" --metric time --json 2>/dev/null >without
cmp -s with without || bad "a file and the index of its folder differ"

echo "$asked asked, $wrong wrong"
[ $wrong -eq 0 ]
