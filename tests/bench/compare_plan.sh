#!/bin/bash
# compare_plan.sh [ROUNDS [ROW...]] - steps as `onecycle plan` predicts them beside measured ones, on 1, 2 and 4
# pretend hosts (tests/cluster/cluster.sh) of one rank with one thread. Rows are LINK:NETWORK:BATCH, LINK a rate
# of tc's tbf. Root only; run nothing else.
#
# A host has one of this machine's cores; of 4 hosts on 2 cores two share one. So plan runs on as many hosts at the
# same time as the step it predicts will have, and what it measures there contains that they compete; the median of
# their predictions counts. No core is free for the thread that exchanges during backward, and plan knows. Whether
# reduce.overlap is on is the same for both. Milliseconds of a step: compute alone, predicted (median of ROUNDS, 3),
# measured (bench step, likewise, in turn), predicted / measured.
# shellcheck source=tests/cluster/cluster.sh
[ -n "${CLUSTER_INSIDE:-}" ] || export PLAN_ROUNDS=${1:-3} PLAN_ROWS="${*:2}"
. "$(dirname "$0")/../cluster/cluster.sh"
cluster_enter 3600
hosts_up 4
seconds=${SECONDS_A_RUN:-2}
# the core of the host this runs on
cat >"$CLUSTER/pinned" <<END
#!/bin/sh
host=\$(hostname)
exec taskset -c \$(( (\${host#n} - 1) % $(nproc) )) "$ONECYCLE" "\$@"
END
chmod +x "$CLUSTER/pinned"
read -r -a rows <<<"$PLAN_ROWS"
[ ${#rows[@]} -gt 0 ] || rows=(1gbit:{resnet9,resnet20,lenet}:128)

shape() { # LINK
    local host
    for host in n1 n2 n3 n4; do
        on $host tc qdisc del dev eth0 root 2>/dev/null
        on $host tc qdisc add dev eth0 root tbf rate "$1" burst 128kb latency 50ms || die "tc does not take a rate of $1"
    done
}

# The median of the numbers on standard input.
median() { sort -g | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'; }

# Of plan's JSON the row of N nodes: milliseconds of computing, and of a step with and without overlap.
predicted() { # FILE N
    jq -r --argjson n "$2" '.plan[] | select(.nodes == $n) | .recipe_batch |
        "\(1000 * .compute_seconds) \(1000 * (.compute_seconds + .exchange_after_seconds)) \(
          1000 * (.compute_seconds + .exchange_during_seconds))"' "$1"
}

# What MPI programs see of the link, between two hosts: latency and bandwidth for plan, which takes headers off.
measure_link() {
    mpirun_on 2 "$CLUSTER/pinned" bench reduce --rounds 5 --most 16 --json "$CLUSTER/link.json" >"$CLUSTER/log" 2>&1 ||
        { cat "$CLUSTER/log"; die "bench reduce failed"; }
    latency=$(jq -r '"\(.sizes[0].exact_seconds / 2 * 1e6)us"' "$CLUSTER/link.json")
    bandwidth=$(jq -r '.sizes[-1] | "\(.bytes / .exact_seconds / 0.94 * 1e-6)MB/s"' "$CLUSTER/link.json")
    echo "# between two hosts: $latency, $bandwidth"
}

plan() { # N: a line for each host
    local i
    for i in $(seq "$1"); do
        on "n$i" "$CLUSTER/pinned" plan "$CLUSTER/recipe.yaml" --samples 16777216 --nodes "$1" --latency "$latency" \
            --bandwidth "$bandwidth" --seconds "$seconds" --json "$CLUSTER/plan.$i" >"$CLUSTER/log.$i" 2>&1 &
    done
    wait
    for i in $(seq "$1"); do predicted "$CLUSTER/plan.$i" "$1" || { cat "$CLUSTER/log.$i"; die "plan failed"; }; done
}

measured() { # N OVERLAP
    mpirun_on "$1" "$CLUSTER/pinned" bench step --recipe "$CLUSTER/recipe.yaml" --seconds "$seconds" --set reduce.overlap="$2" \
        --json "$CLUSTER/step.json" >"$CLUSTER/log" 2>&1 || { cat "$CLUSTER/log"; die "bench step failed"; }
    jq '1000 * .step_seconds.median' "$CLUSTER/step.json"
}

printf '%-6s %-13s %5s %9s %9s %9s %6s %9s %9s %6s\n' link network hosts compute "after" measured ratio "during" measured ratio
for row in "${rows[@]}"; do
    IFS=: read -r link network batch <<<"$row"
    shape "$link"
    measure_link
    cat >"$CLUSTER/recipe.yaml" <<END
model: $network
data: {file: none.h5}
batch: {size: $batch}
train: {epochs: 1}
optimizer: {weight_decay: 5e-4}
schedule: {name: constant, lr: 0.01}
END
    for hosts in 1 2 4; do
        rm -f "$CLUSTER"/readings.*
        for _ in $(seq "$PLAN_ROUNDS"); do
            plan "$hosts" >"$CLUSTER/lines"
            for column in 1 2 3; do
                awk -v c=$column '{print $c}' "$CLUSTER/lines" | median >>"$CLUSTER/readings.plan$column"
            done
            for way in off on; do measured "$hosts" $way >>"$CLUSTER/readings.$way"; done
        done
        paste "$CLUSTER"/readings.{plan2,off} | awk '{print $1 / $2}' >"$CLUSTER/readings.ratio1"
        paste "$CLUSTER"/readings.{plan3,on} | awk '{print $1 / $2}' >"$CLUSTER/readings.ratio2"
        for what in plan1 plan2 off ratio1 plan3 on ratio2; do median <"$CLUSTER/readings.$what"; done | tr '\n' ' ' |
            awk -v link="$link" -v name="$network:$batch" -v hosts="$hosts" '{
                printf "%-6s %-13s %5d %9.2f %9.2f %9.2f %6.2f %9.2f %9.2f %6.2f\n", link, name, hosts, $1,
                    $2, $3, $4, $5, $6, $7 }'
    done
done
