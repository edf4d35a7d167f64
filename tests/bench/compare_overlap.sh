#!/bin/bash
# compare_overlap.sh [ROUNDS [ROW...]] - what the exchange of gradients costs between two pretend hosts of
# one thread each (tests/cluster/cluster.sh), in sequence and overlapped with backward. Rows are
# LINK:NETWORK:BATCH, LINK a rate of tc's tbf, "open" for an unshaped one, or "shared" for two ranks of one
# host that exchange through its memory. Root only; run nothing else.
#
#   alone   both hosts train by themselves, at the same time, half of the batch each: no exchange
#   off     reduce.overlap: off        on      reduce.overlap: on        auto    reduce.overlap: auto
#   pairs   reduce.overlap: on with compute.side_by_side: 2, so that gradients are complete from the start of
#           backward on and not in the last shard's alone
#   int16   reduce.precision: int16, with the quickest of off, on and pairs
#   hidden  of the time that off takes longer than alone, the fraction that the quicker of on and pairs does
#           not: (off - that) / (off - alone); saved: the same of int16
# Milliseconds of a step, medians of ROUNDS rounds (3), in which all take turns.
# shellcheck source=tests/cluster/cluster.sh
[ -n "${CLUSTER_INSIDE:-}" ] || export OVERLAP_ROUNDS=${1:-3} OVERLAP_ROWS="${*:2}"
. "$(dirname "$0")/../cluster/cluster.sh"
cluster_enter 3600
hosts_up 2
seconds=${SECONDS_A_RUN:-3}
read -r -a rows <<<"$OVERLAP_ROWS"
[ ${#rows[@]} -gt 0 ] || rows=({1gbit,10gbit,shared}:{resnet9:128,resnet20:128,lenet:128})

shape() { # LINK
    local host
    for host in n1 n2; do
        on $host tc qdisc del dev eth0 root 2>/dev/null
        # The burst passes unshaped at the start of each step's exchange: at most a millisecond's worth
        [ "$1" = open ] || on $host tc qdisc add dev eth0 root tbf rate "$1" burst 128kb latency 50ms ||
            die "tc does not take a rate of $1"
    done
}

# The median of the numbers on standard input.
median() { sort -g | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'; }

# Milliseconds of a step in a bench's JSON.
step_of() { jq '1000 * .step_seconds.median' "$1"; }

together() { # LINK NETWORK BATCH SET...
    local run=(mpirun_on 2)
    [ "$1" != shared ] || run=(on n1 mpirun -n 2 --allow-run-as-root --oversubscribe)
    "${run[@]}" "$ONECYCLE" bench step --model "$2" --batch "$3" --seconds "$seconds" \
        "${@:4}" --json "$CLUSTER/together.json" >"$CLUSTER/log" 2>&1 ||
        { cat "$CLUSTER/log"; die "bench step failed"; }
    step_of "$CLUSTER/together.json"
}

alone() { # NETWORK BATCH
    local host
    for host in n1 n2; do
        on $host "$ONECYCLE" bench step --model "$1" --batch $(($2 / 2)) --seconds "$seconds" \
            --json "$CLUSTER/$host.json" >"$CLUSTER/log" 2>&1 &
    done
    wait
    for host in n1 n2; do step_of "$CLUSTER/$host.json"; done | sort -g | tail -1
}

printf '%-7s %-13s %8s %8s %8s %8s %8s %8s %7s %6s %9s\n' link network alone off on pairs int16 auto hidden saved auto/best
for row in "${rows[@]}"; do
    IFS=: read -r link network batch <<<"$row"
    [ "$link" = shared ] || shape "$link"
    rm -f "$CLUSTER"/readings.*
    for _ in $(seq "$OVERLAP_ROUNDS"); do
        alone "$network" "$batch" >>"$CLUSTER/readings.alone"
        for way in off on auto; do
            together "$link" "$network" "$batch" --set reduce.overlap=$way >>"$CLUSTER/readings.$way"
        done
        together "$link" "$network" "$batch" --set reduce.overlap=on --set compute.side_by_side=2 \
            >>"$CLUSTER/readings.pairs"
        for way in off:1 on:1 on:2; do
            together "$link" "$network" "$batch" --set reduce.precision=int16 --set reduce.overlap=${way%:*} \
                --set compute.side_by_side=${way#*:} >>"$CLUSTER/readings.int16:$way"
        done
    done
    for way in alone off on pairs auto int16:{off:1,on:1,on:2}; do median <"$CLUSTER/readings.$way"; done | tr '\n' ' ' |
        awk -v link="$link" -v name="$network:$batch" '{
            best = $2 < $3 ? $2 : $3
            least = $3 < $4 ? $3 : $4
            whole = $6
            for (i = 7; i <= NF; i++) if ($i < whole) whole = $i
            printf "%-7s %-13s %8.2f %8.2f %8.2f %8.2f %8.2f %8.2f %6.0f%% %5.0f%% %9.2f\n", link, name, $1, $2, $3, $4,
                whole, $5, 100 * ($2 - least) / ($2 - $1), 100 * ($2 - whole) / ($2 - $1), $5 / best }'
done
