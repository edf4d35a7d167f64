#!/bin/bash
# plot_trace.sh TRACE.json OUT.png [STEP] - one step (default: the last whole one but one) of a file of
# `onecycle train --trace` as a picture: a band for each thread of each rank. Needs jq and gnuplot.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 64; }
spans=$(mktemp) names=$(mktemp)
trap 'rm -f "$spans" "$names"' EXIT

# The step is rank 0's; times are milliseconds since it began. Bands in the order rank, thread.
jq -r --argjson step "${3:--2}" '
    .traceEvents as $all
    | ([$all[] | select(.ph == "X" and .name == "step" and .pid == 0)] | sort_by(.ts) | .[$step]) as $s
    | if $s == null then error("no such step in the trace") else . end
    | $all[] | select(.ph == "X" and .name != "step" and .ts + .dur > $s.ts and .ts < $s.ts + $s.dur)
    | [.pid, .tid, ([.ts - $s.ts, 0] | max) / 1000, ([.ts + .dur - $s.ts, $s.dur] | min) / 1000,
       (.name | if test(" forward$") then "forward" elif test(" backward$") then "backward"
                elif test("^bucket ") then "exchange" else . end)] | @tsv' "$1" | sort -k1,1n -k2,2n >"$spans"
jq -r '.traceEvents[] | select(.ph == "M" and .name == "thread_name") | [.pid, .tid, .args.name] | @tsv' \
    "$1" >"$names"

awk -F'\t' -v out="$2" '
    BEGIN {
        split("data forward loss backward fold exchange reduction update", kind, " ")
        split("#b0b0b0 #7fb2e5 #555555 #f2a154 #8c6bb1 #3a9d5d #d9e8d9 #c0392b", hue, " ")
        for (i in kind) color[kind[i]] = hue[i]
    }
    NR == FNR { name[$1, $2] = $3; next }
    !(($1, $2) in band) { band[$1, $2] = bands; label[bands++] = "rank " $1 ", " name[$1, $2] }
    $4 > end { end = $4 }
    $5 in color { # a wait is drawn first, so that what happens in it lies above
        n++; y[n] = band[$1, $2]; from[n] = $3; to[n] = $4; what[n] = $5
    }
    END {
        printf "set terminal pngcairo size 1500,%d font \"sans,11\"\nset output \"%s\"\n", 110 + 52 * bands, out
        printf "set xrange [0:%g]\nset yrange [%g:-0.6]\nset xlabel \"milliseconds\"\n", end, bands - 0.4
        print "set key outside top center horizontal\nset tics out nomirror\nset border 3\nset ytics ("
        for (b = 0; b < bands; b++) printf "\"%s\" %d%s", label[b], b, b < bands - 1 ? ", " : ")\n"
        for (pass = 0; pass < 2; pass++)
            for (i = 1; i <= n; i++)
                if ((what[i] != "reduction") == pass)
                    printf "set object rect from %g,%g to %g,%g fc rgb \"%s\" fs solid 1 border rgb \"white\" lw 0.2\n",
                        from[i], y[i] - 0.38, to[i], y[i] + 0.38, color[what[i]]
        for (i = 1; i <= 8; i++)
            printf "%s NaN with boxes fs solid 1 lc rgb \"%s\" title \"%s\"", (i > 1 ? "," : "plot"), hue[i],
                kind[i] == "reduction" ? "waiting for the rest" : kind[i]
        print ""
    }' "$names" "$spans" | sed ':a;/ytics ($/{N;s/\n//;ba}' | gnuplot
