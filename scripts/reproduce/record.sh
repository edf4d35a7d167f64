#!/bin/bash
# record.sh - 94 % on CIFAR-10 in 9.9 epochs (airbench94: Jordan 2024, arXiv 2404.00498) on this machine's
# processors: datasets/cifar10/record.yaml, evaluated as it is and by `eval --tta`; mean, spread, time
# and core-minutes beside the published figures. Default: 5 seeds, one run at a time on all cores, some
# 20 minutes each on 2 cores. --full: 25 seeds. --quick: one seed, 24 steps.
# --peer VERSION also trains the same recipe with PyTorch, run by run in turn (tests/bench/record_peer.sh
# says how it is found): --peer 2.6.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
peer='' options=()
while [ $# -gt 0 ]; do
    case $1 in
    --peer)
        [ $# -gt 1 ] || { echo "record.sh: --peer needs a value" >&2; exit 1; }
        peer=$2
        shift
        ;;
    *) options+=("$1") ;;
    esac
    shift
done
source "$(dirname "$0")/lib.sh"
begin record "${options[@]}"
[ -z "$peer" ] || words+=(--peer "$peer")
case " ${options[*]} " in *" --jobs "*) ;; *) jobs=1 ;; esac

steps=476
case $size in
quick) seeds=${seeds:-1} steps=24 ;;
full) seeds=${seeds:-25} ;;
esac
seeds=${seeds:-5}
threads=$(($(nproc) / ranks / jobs))
[ "$threads" -ge 1 ] || threads=1
[ $((threads * ranks)) -le 16 ] || threads=$((16 / ranks)) # the recipe's shards

cifar10
peer_script=tests/bench/record_peer.sh
if [ -n "$peer" ] && [ "$only_report" = 0 ] && [ ! -s "$work/configuration" ]; then
    echo "PyTorch $peer: the fastest of its configurations"
    ONECYCLE=$onecycle "$peer_script" --peer "$peer" --data "$file" --cores "$(nproc)" --screen >"$work/configuration" ||
        fail "PyTorch $peer cannot be run"
fi
for seed in $(seq "$seeds"); do
    add "airbench-s$seed" ../../../datasets/cifar10/record.yaml --set "data.file=$file" \
        --set "train.seed=$seed" --set "train.max_steps=$steps" --set "compute.threads=$threads"
    run_queue
    queue=()
    [ "$only_report" = 0 ] || continue
    run=$work/airbench-s$seed
    [ -s "$run/tta" ] || [ "$(status "airbench-s$seed")" != "done" ] ||
        "$onecycle" eval "$run" --tta | sed -n 's/^test_accuracy //p' >"$run/tta"
    if [ -n "$peer" ] && [ "$size" != quick ] && [ ! -s "$work/pytorch-s$seed.json" ]; then
        ONECYCLE=$onecycle "$peer_script" --peer "$peer" --data "$file" --cores "$(nproc)" \
            --configuration "$(cat "$work/configuration")" --seed "$seed" >"$work/pytorch.json"
        mv "$work/pytorch.json" "$work/pytorch-s$seed.json"
    fi
done

mapfile -t runs < <(for run in $(seeds_of airbench); do [ "$(status "$run")" != "done" ] || echo "$run"; done)
[ ${#runs[@]} -gt 0 ] || fail "no run in $work has ended"
csv "${runs[@]}" >"$out.csv"

# Numbers, one a line, times a factor -> "93.91 ± 0.12"
summary() { # FACTOR DIGITS
    awk -v f="$1" -v d="$2" '{ n++; s += $1; q += $1 * $1 }
        END {
            if (!n) { print "–"; exit }
            printf "%.*f", d, f * s / n
            v = (q - s * s / n) / (n > 1 ? n - 1 : 1)
            if (n > 1) printf " ± %.*f", d, f * sqrt(v > 0 ? v : 0)
        }'
}
of_runs() { for run in "${runs[@]}"; do of_run "$run" "$1"; done; }
of_peer() { sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" "$work"/pytorch-s*.json 2>/dev/null || true; }

{
    echo "# airbench94's recipe for 94 % on CIFAR-10, on $(nproc) $([ "$(nproc)" = 1 ] && echo core || echo cores)"
    echo
    echo "\`datasets/cifar10/record.yaml\`: $steps steps of 1024 images, seeds from 1;"
    echo "$cifar_kind."
    echo "Accuracies are in percent, mean ± standard deviation of the runs; with TTA as \`onecycle eval --tta\`. Time is of"
    echo "training, evaluation after each epoch left out; core-minutes are that times the cores."
    echo
    echo "| | runs | accuracy | with TTA | seconds | core-minutes |"
    echo "|---|---|---|---|---|---|"
    echo "| onecycle, ranks x threads $ranks x $threads | ${#runs[@]} | $(of_runs test_accuracy | summary 100 2)" \
        "| $(cat "$work"/airbench-s*/tta 2>/dev/null | summary 100 2) | $(of_runs seconds | summary 1 0)" \
        "| $(of_runs seconds | awk -v c=$((ranks * threads)) '{ print $1 * c / 60 }' | summary 1 1) |"
    if ls "$work"/pytorch-s*.json >/dev/null 2>&1; then
        echo "| PyTorch${peer:+ $peer}, $(cat "$work/configuration") | $(of_peer seconds | wc -l)" \
            "| $(of_peer test_accuracy | summary 100 2) | $(of_peer tta_accuracy | summary 100 2)" \
            "| $(of_peer seconds | summary 1 0) | $(of_peer seconds | awk -v c="$(nproc)" '{ print $1 * c / 60 }' | summary 1 1) |"
    fi
    echo "| airbench94 as published, on an A100, the original images | 1000 | | 94.01 | 3.83 | |"
    echo
    echo "The published run normalises over whole batches of 1024 images in half precision; here batch normalisation"
    echo "sees a shard of 64."
    provenance
} >"$out.md"
echo "$out.md"
sed -n '/^| | runs/,/^$/p' "$out.md"
