#!/bin/bash
# onecycle_table_test.sh - is the golden table what its script computes, and does the program
# print it? (tests/unit/schedule_test.c compares the function with the table.)
. "$(dirname "$0")/../lib/check.sh"
golden=$ONECYCLE_SOURCE/tests/golden

command -v python3 >/dev/null || { echo "skipped: python3 is not there"; exit 77; }
python3 "$golden/onecycle_table.py" >"$scratch/table.csv" 2>"$scratch/err"
alike() { # rows, and how many of them differ by more than rounding (a libm's last bit)
    paste -d, "$1" "$2" | awk -F, 'function off(a, b) { return a - b > 1e-12 || b - a > 1e-12 }
        NR == 1 { next }
        { for (i = 1; i <= 11; i++) if (NF != 22 || off($i, $(i + 11))) { wrong++; break } }
        END { printf "%d rows, %d wrong", NR - 1, wrong }'
}
same "the table is what the script computes" \
    "$(alike "$golden/onecycle_table.csv" "$scratch/table.csv")" "746 rows, 0 wrong"

# 60000 samples in batches of 128, 3 epochs: 1404 steps, max_lr 0.05
cat >"$scratch/recipe.yaml" <<'END'
model: lenet
data: {file: none.h5}
train: {epochs: 3}
schedule: {max_lr: 0.05}
END
run 0 schedule "$scratch/recipe.yaml" --samples 60000
exits "schedule prints" 0
same "a line a step" "$(wc -l <"$scratch/out")" 1405
near() { # rows of the golden table for 1404 steps that the printed ones do not match
    awk -F, 'function off(a, b) { return a - b > 1e-9 * b || b - a > 1e-9 * b }
        NR == FNR { lr[$1 - 1] = $2; momentum[$1 - 1] = $3; next }
        $1 == 1404 { rows++; if (off(lr[$9], $10) || off(momentum[$9], $11)) wrong++ }
        END { printf "%d rows, %d wrong", rows, wrong }' "$1" "$golden/onecycle_table.csv"
}
same "its values are the table's" "$(near "$scratch/out")" "11 rows, 0 wrong"
finish
