#!/bin/bash
# pytorch_test.sh - are the golden files what their scripts compute? Needs PyTorch, else skipped.
# (tests/unit compares onecycle with the files.)
. "$(dirname "$0")/../lib/check.sh"
find_python numpy torch
golden=$ONECYCLE_SOURCE/tests/golden

# Rows, and how many of them have a number further off than 1e-6 of its size (one in single
# precision is among them) or another text. Comments hold the version and are not compared.
alike() {
    paste -d '|' <(grep -v '^#' "$1") <(grep -v '^#' "$2") | awk -F '|' '
        function off(a, b, d) { d = a - b; return (d < 0 ? -d : d) > 1e-9 + 1e-6 * (a < 0 ? -a : a) }
        { wrong = split($1, a, ",") != split($2, b, ",")
          for (i in a) if (a[i] != b[i] && (a[i] !~ /^-?[0-9]/ || off(a[i] + 0, b[i] + 0))) wrong = 1
          total += wrong }
        END { printf "%d rows, %d wrong", NR, total }'
}
cp "$golden/suggestions_curves.csv" "$scratch" # the recorded ones are kept, the others made again
for script in lenet_golden layers_golden models_golden optimizers_golden layerwise_golden schedules_table \
    plateau_table suggestions_golden; do
    if OMP_NUM_THREADS=1 "$python" -B "$golden/$script.py" "$scratch" 2>"$scratch/err"; then
        ok "$script.py runs"
    else
        not_ok "$script.py runs"
    fi
done
for pair in "lenet_golden.csv 21" "lenet_golden_tensors.csv 9" "layers_golden.csv 4370" \
    "models_golden.csv 160" "optimizers_golden.csv 441" "layerwise_golden.csv 55" "schedules_table.txt 15479" \
    "plateau_table.txt 1681" "suggestions_golden.csv 36" "suggestions_curves.csv 2846"; do
    read -r name rows <<<"$pair"
    same "$name is what its script computes" \
        "$(alike "$golden/$name" "$scratch/$name")" "$rows rows, 0 wrong"
done
finish
