#!/bin/bash
# eval_test.sh - eval on data that are not as the training file was: columns, levels and classes in
# another order or other ones, other statistics, few samples, more ranks than shards. What cannot be
# right is refused with both sides named. How things are matched: tests/unit/match_test.c.
. "$(dirname "$0")/../lib/check.sh"

# table FILE HEADER AWK: 400 rows; awk prints a row from x, y, z (numbers), city and label.
table() {
    awk -v OFS=, -v header="$2" 'BEGIN {
        print header
        srand(7)
        for (i = 0; i < 400; i++) {
            x = rand() - 0.5; y = 100 * rand(); z = rand() - 0.5
            city = rand() < 0.5 ? "Oslo" : "Bergen"
            label = x + (city == "Oslo" ? 0.3 : -0.3) > 0 ? "yes" : "no"
            '"$3"'
        }
    }' >"$scratch/$1"
}
# eval_on NAME FILE ARGS...: accuracy in $accuracy
eval_on() {
    local file=$1
    shift
    run 0 eval "$scratch/run" --data "$scratch/$file" "$@"
    accuracy=$(sed -n 's/^test_accuracy //p' "$scratch/out")
}
import() { # CSV OPTIONS...
    run 0 import csv "$scratch/$1.csv" "$scratch/$1.h5" --force "${@:2}"
    [ "$code" = 0 ] || not_ok "import $1"
}

cat >"$scratch/r.yaml" <<'YAML'
model: {name: mlp, hidden: [16]}
data: {file: train.h5}
batch: {size: 32, shards: 1}
train: {epochs: 12}
schedule: {max_lr: 0.05}
YAML
usual=(--label label --categorical city --test-fraction 0.25)
table train.csv x,y,z,city,label 'print x, y, z, city, label'
import train "${usual[@]}"
run 0 train "$scratch/r.yaml" --run-dir "$scratch/run" --quiet
exits "train" 0
eval_on train.h5
known=$accuracy
if awk "BEGIN {exit !($known > 0.9)}"; then ok "learnt"; else not_ok "learnt: $known"; fi

for ranks in 0 2; do
    run $ranks eval "$scratch/run" --tta
    exits "images moved, of a table, on $ranks ranks" 64 "--tta: .*train.h5: rows of 5 numbers, expected images"
    same "  said once" 1 "$(grep -c 'rows of' "$scratch/err")"
    run $ranks train "$scratch/r.yaml" --run-dir "$scratch/none" --set batch.shards=2 --set augment.flip=random
    exits "images mirrored, of a table, on $ranks ranks" 64 "augment.flip: .*train.h5 has rows of 5 numbers, not images"
    same "  said once" 1 "$(grep -c 'rows of' "$scratch/err")"
done

run 0 predict "$scratch/run" --data "$scratch/train.h5" --flip
exits "images mirrored, of a table that is predicted" 64 "--flip: the network's inputs: rows of 5 numbers, expected images"

table order.csv label,city,z,y,x 'print label, city, z, y, x'
import order "${usual[@]}"
eval_on order.h5
same "columns in another order" "$known" "$accuracy"

# One class alone; the other's number is then another.
table one.csv x,y,z,city,label 'if (label == "yes") print x, y, z, city, label'
import one "${usual[@]}"
eval_on one.h5
if awk "BEGIN {exit !($accuracy > 0.85)}"; then ok "one class of two"; else not_ok "one class of two: $accuracy"; fi

# The test table alone is shifted: its own statistics would hide that.
table shifted.csv x,y,z,city,label 'print x + 3, y, z, city, label'
import shifted "${usual[@]}"
eval_on shifted.h5
differ "a shifted table is seen as shifted" "$known" "$accuracy"

table fewer.csv x,y,city,label 'print x, y, city, label'
import fewer "${usual[@]}"
eval_on fewer.h5
exits "a column is missing" 65 'missing: z'
table more.csv x,y,z,w,city,label 'print x, y, z, 1 + i, city, label'
import more "${usual[@]}"
eval_on more.h5
exits "a column is new" 65 'new: w'
table number.csv x,y,z,city,label 'print x, y, z, i, label'
import number --label label --test-fraction 0.25
eval_on number.h5
exits "a column of another type" 65 'city is a number, expected a category'
table level.csv x,y,z,city,label 'print x, y, z, (i % 50 ? city : "Voss"), label'
import level "${usual[@]}"
eval_on level.h5
exits "a level is new" 65 'Voss'
eval_on level.h5 --unknown-level ignore
exits "a new level is ignored" 0
table renamed.csv x,y,z,city,label 'print x, y, z, city, (label == "yes" ? "accept" : "reject")'
import renamed "${usual[@]}"
eval_on renamed.h5
exits "classes of other names" 65 'found accept, reject; expected no, yes'

# A few values far from all others leave a column one number to a network, which the card says.
table far.csv x,y,z,city,label 'print x, (i < 5 ? 1e15 : y), z, city, label'
import far "${usual[@]}"
same "a column that is too fine" "too fine     y" "$(grep '^too fine' "$scratch/out")"

# What belongs to training does not stop eval.
table few.csv x,y,z,city,label 'if (i < 8) print x, y, z, city, label'
import few "${usual[@]}"
eval_on few.h5
exits "fewer samples than a batch" 0
run 0 eval "$scratch/run"
cp "$scratch/out" "$scratch/alone"
run 2 eval "$scratch/run"
exits "more ranks than shards" 0
same "the same on two ranks" "$(cat "$scratch/alone")" "$(cat "$scratch/out")"
finish
