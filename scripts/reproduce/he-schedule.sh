#!/bin/bash
# he-schedule.sh - super-convergence at full length: ResNet-20 on CIFAR-10 by the schedule of He et al. (2015),
# 64,000 steps of 128 images, against one cycle in a tenth, a fifth and a third of them (Smith and Topin
# 2018), all 50,000 images, the same augmentation and decay. Default: one seed, one run at a time on all
# cores, some two hours of 2 cores. --full: five seeds. --quick: 640 steps. In the environment
# PEAKS (1) are the highest rates of the cycles, and ARMS (10 5 3 1) the arms: 1 is the long schedule, N
# one cycle of 64,000 / N steps. Each arm is a run of its own: they may be run over several sittings.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin he-schedule "$@"
case " ${words[*]} " in *" --jobs "*) ;; *) jobs=1 ;; esac

long=64000 floor=40 # of the plot
case $size in
quick) long=640 floor=0 ;;
full) seeds=${seeds:-5} ;;
esac
read -ra parts <<<"${ARMS:-10 5 3 1}"
read -ra peaks <<<"${PEAKS:-1}"
seeds=${seeds:-1}
threads=$(($(nproc) / ranks / jobs))
[ "$threads" -ge 1 ] || threads=1
[ $((threads * ranks)) -le 2 ] || threads=1 # the recipe's shards

arms=() # of the runs: step, or 1cycle-PART-PEAK
for part in "${parts[@]}"; do
    if [ "$part" = 1 ]; then
        arms+=(step)
    else
        for peak in "${peaks[@]}"; do arms+=("1cycle-$part-$peak"); done
    fi
done
steps_of() { # ARM
    local part
    IFS=- read -r _ part _ <<<"$1"
    echo $((long / ${part:-1}))
}

cifar10
for seed in $(seq "$seeds"); do
    [ "$only_report" = 0 ] || break
    for arm in "${arms[@]}"; do
        IFS=- read -r policy _ peak <<<"$arm"
        add "$arm-s$seed" "he-$policy.yaml" --set "data.file=$file" --set "train.seed=$seed" \
            --set "train.max_steps=$(steps_of "$arm")" --set "compute.threads=$threads" \
            ${peak:+--set "schedule.max_lr=$peak"}
    done
done
run_queue

# Only what has run to its end is shown.
mean_of() { mean_sd test_accuracy $(seeds_of "$1") | sed 's/ .*//'; }
ended=() left=()
for arm in "${arms[@]}"; do
    if [[ $(mean_of "$arm" 2>/dev/null || echo –) == *–* ]]; then left+=("$arm"); else ended+=("$arm"); fi
done
[ ${#ended[@]} -gt 0 ] || fail "no run in $work has ended"
arms=("${ended[@]}")
longest() { for arm in "${arms[@]}"; do [ "$arm" = step ] || steps_of "$arm"; done | sort -n | tail -n 1; }

runs=()
for arm in "${arms[@]}"; do mapfile -t -O ${#runs[@]} runs < <(seeds_of "$arm"); done
csv "${runs[@]}" >"$out.csv"
colours=('#d62728' '#ff7f0e' '#2ca02c' '#9467bd' '#8c564b' '#e377c2')
draw "$out.png" <<END
set title 'ResNet-20, CIFAR-10: one cycle against $long steps of piecewise constant rates'
set xlabel 'step'; set ylabel 'test accuracy (%)'; set yrange [$floor:*]; set xtics $((long / 8))
plot $(
    for i in "${!arms[@]}"; do
        arm=${arms[i]} look="'#1f77b4' title 'piecewise constant rates'"
        [ "$arm" = step ] || look="'${colours[i % 6]}' title 'one cycle of $(steps_of "$arm") steps, up to ${arm##*-}'"
        for run in $(seeds_of "$arm"); do
            echo "'$out.csv' using (strcol(1) eq '$run' ? \$3 : NaN):(100*\$7) with lines lw 2 lc rgb $look,"
            look="${look% title*} notitle"
        done
    done | paste -sd ' '
)
END

{
    baseline=$(mean_of step 2>/dev/null || echo –) reached='' best=''
    for arm in $(printf '%s\n' "${arms[@]}" | grep 1cycle | sort -t- -k2,2nr); do
        mean=$(mean_of "$arm")
        [[ $baseline$mean != *–* ]] || continue
        [ -z "$best" ] || awk -v a="$mean" -v b="${best#* }" 'BEGIN { exit !(a > b) }' && best="$arm $mean"
        [ -n "$reached" ] || awk -v a="$mean" -v b="$baseline" 'BEGIN { exit !(a >= b) }' && reached=${reached:-$arm}
    done
    if [ -n "$reached" ]; then
        factor=$((long / $(steps_of "$reached")))
        echo "One cycle of $(steps_of "$reached") steps reaches the accuracy of $long steps of piecewise constant rates ($baseline %), a"
        echo "factor of $factor. $([ "$factor" -ge 8 ] && echo "The paper has eight to ten." || echo "The paper's factor of eight to ten is not reached here.")"
    elif [ -n "$best" ]; then
        echo "No cycle of up to $(longest) steps reaches the $baseline % of $long steps of piecewise constant rates: the best ends at"
        echo "${best#* } %, after $(steps_of "${best% *}") steps. The paper's factor of eight to ten is not reached here."
    else
        echo "The runs that have ended say nothing about the factor."
    fi
    [ ${#left[@]} = 0 ] || echo "Arms that have not run to their end: ${left[*]}."
} >"$work/first"
{
    echo "# Super-convergence at full length"
    echo
    cat "$work/first"
    cat <<END

K. He et al., *Deep Residual Learning for Image Recognition* (2015), section 4.2: ResNet-20 in 64,000 steps of 128 images,
rate 0.1, a tenth of it from half of the steps on and a hundredth from three quarters, momentum 0.9: 91.25 % on the
original images. L. N. Smith and N. Topin, *Super-Convergence* (2018): one cycle up to a very large rate in far fewer steps.

Setup: $cifar_kind; weight decay 1e-4, pads of 4 pixels and crops, flips; batch normalisation over 64 images. The cycle
is linear, from a tenth of its highest rate and back, momentum 0.95 to 0.85.

![Test accuracy against step](${out##*/}.png)

| schedule | highest rate | steps | epochs | test accuracy at the end (%) |
|---|---|---|---|---|
END
    for arm in "${arms[@]}"; do
        mapfile -t these < <(seeds_of "$arm")
        [ "$arm" = step ] && name_of='piecewise constant' rate=0.1 || { name_of='one cycle' && rate=${arm##*-}; }
        steps=$(steps_of "$arm")
        echo "| $name_of | $rate | $steps | $(awk -v s="$steps" 'BEGIN { printf "%.1f", s * 128 / 50000 }') | $(mean_sd test_accuracy "${these[@]}") |"
    done
    provenance
} >"$out.md"
echo "$out.md"
