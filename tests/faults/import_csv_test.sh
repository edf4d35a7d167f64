#!/bin/bash
# Tables on the command line: columns that are hard to name, as pandas writes them and as people do;
# very many columns; what the data card shows of them; byte order marks in every text that is read.
source "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1

# says WHAT TEXT: the last run's output holds TEXT (a basic regular expression).
says() { if grep -q -- "$2" out; then ok "$1"; else not_ok "$1: output does not say '$2'"; fi; }
# narrow WHAT: the last run's output fits in 80 columns.
narrow() { same "$1: in 80 columns" "$(awk 'length($0) > 80' out | wc -l)" 0; }
import() { run 0 import csv --force --test-fraction 0.25 "$@"; }

# ---- a table as pandas writes it: an index without a name, CR LF, quoted numbers, True and False
printf ',"Income ($, thousand)",age,is member,town\r\n' >frame.csv
for i in 0 1 2 3 4 5 6 7; do
    printf '%d,%d.5,"%d",%s,%s\r\n' "$i" $((i * 7 % 5)) $((30 + i)) \
        "$([ $((i % 2)) = 0 ] && echo True || echo False)" "$([ $((i % 3)) = 0 ] && echo Oslo || echo Rom)"
done >>frame.csv
printf '\r\n' >>frame.csv
import --targets '"Income ($, thousand)",age' --ignore '' --categorical town frame.csv frame.h5
exits "a name with a comma, an index without one" 0
says "three features" "^image *3x1x1"
says "the target's name" '^Income ($, thousand)  '
import --targets '#2' --targets 3 --ignore '#1' --categorical '#5' frame.csv numbers.h5
exits "the same by numbers, an option twice" 0
same "it is the same set" "$(grep '^digest' out)" "$("$ONECYCLE" inspect frame.h5 | grep '^digest')"
import --targets Income frame.csv no.h5
exits "a name that is not there" 64 'has no such column; it has "Income ($, thousand)", "", age, is member, town'
import --targets agee --ignore '' frame.csv no.h5
exits "the nearest name comes first" 64 'it has age, "", "Income'
import --targets age frame.csv no.h5
exits "an index in use" 65 "frame.csv: line 1: column 1 has no name.*--ignore ''"
import --targets age --ignore '' frame.csv no.h5
exits "words where numbers belong" 65 "line 2, column town: found Oslo, expected a number (--categorical town"

# ---- what is no finite number: file, line, column, and what helps
for value in nan NA '' inf -inf 1e400 0x1p3; do
    printf 'x,"y,z",c\n1,2,a\n3,%s,b\n' "$value" >bad.csv
    import --label c bad.csv no.h5
    exits "'$value' is refused" 65 "^onecycle: bad.csv: line 3, column \"y,z\": .*--ignore '#2'"
done
[ ! -e no.h5 ] && ok "nothing is left behind" || not_ok "a file was left behind"

# ---- very many columns, and names that are long
awk 'BEGIN { for (r = 0; r < 9; r++) for (i = 0; i < 60000; i++)
    printf "%s%s", r == 0 ? "column" i : i * r % 7 + 0.125, i == 59999 ? "\n" : "," }' >wide.csv
import --targets '#1,column59999' wide.csv wide.h5
exits "60,000 columns" 0
narrow "their card"
says "some means, and how many more" "^mean  .* and 59,[0-9]* more$"
says "some deviations" "^std. dev.  .* and 59,[0-9]* more$"
awk 'BEGIN { printf "x,y\n"; for (r = 0; r < 3000; r++)
    printf "%d,a class with a name of some length, namely the one that has number %d\n", r, r % 300 }' |
    sed 's/,a/,"a/; s/,y/,y/; 2,$s/$/"/' >many.csv
import --label y many.csv many.h5
exits "300 classes with long names" 0
narrow "their card"
says "how many more, and how large they are" "^and 250 more of 7 training samples each"
awk 'BEGIN { for (r = 0; r < 9; r++) for (i = 0; i < 300; i++)
    printf "%s%s", r == 0 ? "t" i : i * r % 7, i == 299 ? "\n" : "," }' >targets.csv
import --targets "$(seq -s, 2 300)" targets.csv targets.h5
exits "299 targets" 0
says "how many more targets" "^and 249 more$"

# ---- byte order marks
printf '\xef\xbb\xbfmodel: {name: mlp}\nschedule: {max_lr: 0.1}\nbatch: {size: 2}\ndata: {file: frame.h5}\nloss: mse\ntrain: {epochs: 1}\n' >marked.yaml
run 0 schedule marked.yaml --steps 3
exits "a recipe with a byte order mark" 0
iconv -f UTF-8 -t UTF-16LE marked.yaml >wide.yaml
run 0 schedule wide.yaml --steps 3
exits "a recipe in UTF-16" 64 "wide.yaml: found text in UTF-16, little-endian, expected UTF-8"
printf '\xef\xbb\xbfx,c\n1,a\n2,b\n3,a\n4,b\n' >marked.csv
import --label c --test-fraction 0.5 marked.csv marked.h5
exits "a table with one" 0
printf '\xfe\xff\0x\0,\0c' >wide.csv
import --label c wide.csv no.h5
exits "a table in UTF-16" 65 "wide.csv: found text in UTF-16, big-endian, expected UTF-8"
finish
