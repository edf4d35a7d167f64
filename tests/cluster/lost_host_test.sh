#!/bin/bash
# lost_host_test.sh - one of two hosts is cut off under mpirun --with-ft ulfm of Open MPI 5: the ranks of the other go
# on, or with its keep-alive mpirun ends and supervise starts all again; both come to the weights of the single-process
# run. Ranks that are killed: mpi/lost_rank_test.sh. Skipped with other MPIs. Needs root; see cluster.sh.
# shellcheck source=tests/cluster/cluster.sh
. "$(dirname "$0")/cluster.sh"

case $(mpirun --version 2>/dev/null) in
*"Open MPI) 5."*) ;;
*) skip "this mpirun is not of Open MPI 5" ;;
esac
cluster_enter 280
hosts_up 2
reference_run

# start NAME MPIRUN-OPTION...: two ranks on each host, supervised, in the background, until they train
start() {
    local name=$1
    shift
    on n1 timeout --signal=KILL 120 "$ONECYCLE" supervise --max-restarts 2 -- \
        mpirun --with-ft ulfm "$@" --host n1:2,n2:2 -n 4 \
        "$ONECYCLE" train job.yaml --run-dir "$name" >"$name.log" 2>&1 </dev/null &
    job=$!
    wait_for 60 has_trained "$name" || tail -n 30 "$name.log"
    cut_at=$(date +%s.%N)
    ip -n n2 link set eth0 down || die "cannot cut off n2"
}
has_trained() { [ -e "$1/checkpoints/latest" ] || ! kill -0 "$job" 2>/dev/null; }
since_cut() { awk -v a="$cut_at" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f s", b - a }'; }
says() { grep -q "$2" "$1.log"; }
ends() { # NAME
    wait "$job"
    code=$?
    say "$1: ended $(since_cut) after the cut"
    [ $code = 0 ] || tail -n 20 "$1.log"
    check "$1: exit code 0" equal $code 0
    check "$1: same weights_hash" equal "$(summary "$1" weights_hash)" "$expected"
}

# The ranks listen for each other's heartbeat, and mpirun does not for its daemon's: it would end all.
start goes-on --mca mpi_ft_detector true --mca mpi_ft_detector_period 1 --mca mpi_ft_detector_timeout 5 \
    --prtemca oob_tcp_keepalive_time 0
ends goes-on
check "without a restart" equal "$(grep -c 'restart [0-9]* of at most' goes-on.log)" 0
check "and says what was lost" says goes-on 'lost [12] of [34] ranks; the others go on from step'
ip -n n2 link set eth0 up

# Without the ranks' heartbeat mpirun's keep-alive is first.
start again --prtemca oob_tcp_keepalive_time 3 --prtemca oob_tcp_keepalive_intvl 1 --prtemca oob_tcp_keepalive_probes 3
wait_for 60 says again 'taken for a lost node' || tail -n 20 again.log
say "again: mpirun had ended $(since_cut) after the cut"
ip -n n2 link set eth0 up
ends again
check "by a restart" equal "$(grep -c 'restart 1 of at most' again.log)" 1
check "from a checkpoint" equal "$(summary again resumed)" true
finish
