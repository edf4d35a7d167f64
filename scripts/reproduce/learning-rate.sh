#!/bin/bash
# learning-rate.sh - what the learning rate does to gradient descent, on a parabola: 50 epochs at
# 0.01 (slow), 0.1 (converges), 0.7 (under 10 epochs), 0.99 (swings from side to side) and 1.01
# (diverges). All steps are onecycle's: a linear layer with one weight and squared error on a table
# of two lines. Fails when one of the five does not behave so, or a loss is not the square of the
# distance that the weight has from the minimum. --full and --seeds change nothing here.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/lib.sh"
begin learning-rate "$@"

file=$work/parabola.h5
if [ ! -f "$file" ]; then
    printf 'x,y\n1,1\n-1,-1\n' >"$work/parabola.csv"
    "$onecycle" import csv "$work/parabola.csv" "$file" --targets y --test "$work/parabola.csv" \
        >/dev/null
fi
rates=(0.01 0.1 0.7 0.99 1.01)
for rate in "${rates[@]}"; do
    add "lr-$rate" parabola.yaml --set "data.file=$file" --set "schedule.lr=$rate"
done
run_queue

# The weight after each step is what the network predicts for x = 1; the loss of step k + 1 was
# taken before that step, so it belongs to the weight after step k.
weights() { # RATE
    local run=$work/lr-$1 step weight loss
    for step in {0..49}; do
        loss=$(awk -F, -v k=$((step + 1)) '$1 == k { print $5 }' "$run/steps.csv")
        weight=
        [ "$step" = 0 ] || weight=$("$onecycle" predict \
            "$run/checkpoints/step-$(printf %09d "$step").h5" --data "$file" |
            awk -F, '$1 == 0 { print $2 }')
        echo "$1,$step,$weight,$loss"
    done
}

# The same initial weight for all (one seed), so its distance is the root of the first loss, and
# its side is found from the first step at 0.01, which keeps it.
if [ ! -f "$work/weights.txt" ]; then
    for rate in "${rates[@]}"; do weights "$rate"; done >"$work/weights.tmp"
    mv "$work/weights.tmp" "$work/weights.txt"
fi
awk -F, -v OFS=, '
    BEGIN { print "lr,epoch,weight,distance,loss" }
    $2 == 1 && !side { side = $3 < 1 ? -1 : 1 }
    { row[NR] = $0 }
    END {
        for (i = 1; i <= NR; i++) {
            split(row[i], v, ",")
            w = v[3] == "" ? 1 + side * sqrt(v[4]) : v[3]
            print v[1], v[2], sprintf("%.9g", w), sprintf("%.9g", w - 1), v[4]
        }
    }' "$work/weights.txt" >"$out.csv"

# What each of the five must look like, from distances d[0..49]. `near`: within a thousandth of the
# first distance from then on.
awk -F, '
    NR == 1 { next }
    { d[$1, $2] = $4; loss[$1, $2] = $5; last = $2 }
    function size(x) { return x < 0 ? -x : x + 0 }
    function near(r, k) {
        for (k = last; k >= 0 && size(d[r, k]) < 1e-3 * size(d[r, 0]); k--) ;
        return k + 1
    }
    function swings(r, k, n) {
        for (k = 1; k <= last; k++) n += d[r, k] * d[r, k - 1] < 0
        return n
    }
    function shrinks(r, k, n) {
        for (k = 1; k <= last; k++) n += size(d[r, k]) < size(d[r, k - 1])
        return n
    }
    function row(r, what, ok, n) {
        n = near(r)
        printf "| %s | %s | %.4g | %d of %d | %s | %s |\n", r, what, sqrt((d[r, last] / d[r, 0]) ^ 2),
            swings(r), last, n <= last ? n : "not in " last, ok ? "yes" : "NO"
        bad += !ok
    }
    END {
        for (key in d) { # float, so 1e-5 of the larger loss; tiny ones are not compared
            want = d[key] * d[key]
            if (want > 1e-9 && size(loss[key] - want) > 2e-4 * want) {
                split(key, at, SUBSEP)
                printf "lr %s, epoch %d: loss %g is not %g\n", at[1], at[2], loss[key], want
                exit 1
            }
        }
        print "| learning rate | expected | distance left | changes of side | near the minimum after (epochs) | shown |"
        print "|---|---|---|---|---|---|"
        row("0.01", "slow", !swings("0.01") && shrinks("0.01") == last && near("0.01") > last)
        row("0.1", "converges", near("0.1") <= last && near("0.1") > 10)
        row("0.7", "converges in under 10 epochs", near("0.7") < 10)
        row("0.99", "fluctuates", swings("0.99") == last && shrinks("0.99") == last && near("0.99") > last)
        row("1.01", "diverges", swings("1.01") == last && shrinks("1.01") == 0)
        exit bad > 0
    }' "$out.csv" >"$work/table.md" || {
    cat "$work/table.md" >&2
    fail "not all five behaviours were shown"
}

draw "$out.png" <<END
set multiplot layout 2,3 title "Gradient descent on (w - 1)^2, 50 epochs of onecycle"
unset key
set xlabel 'epoch'; set ylabel 'weight'; set xtics 10
$(for rate in "${rates[@]}"; do
    echo "set title 'learning rate $rate'"
    echo "plot 1 lc rgb '#999999' dt 2, '$out.csv' using 2:(\$1 == $rate ? \$3 : NaN) with linespoints pt 7 ps 0.5 lc rgb '#1f77b4'"
done)
unset multiplot
END
{
    cat <<END
# The learning rate on a parabola

Gradient descent on (w - 1)², whose slope is 2 (w - 1): a step multiplies the distance from the minimum by
1 - 2 lr. So 0.5 is the best rate and 1 is the limit; above 0.5 the weight changes sides at each step. The five rates are
expected to show the usual demonstration of Smith's range test: too slow, right, fast, at the limit, beyond it. onecycle
itself does the steps (\`linear\` with one weight, loss \`mse\`, a table of two lines imported by \`import csv\`); the weight is
read from a checkpoint after each epoch.

![Weight against epoch](${out##*/}.png)

END
    cat "$work/table.md"
    cat <<END

"Distance left" is the distance after the last epoch relative to the first; "near" means a thousandth of it. The
script fails if a row does not show what is expected, or if a logged loss is not the square of the distance (to 2 parts
in 10,000, float32).
END
    provenance
} >"$out.md"
echo "$out.md"
