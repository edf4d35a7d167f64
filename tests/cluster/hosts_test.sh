#!/bin/bash
# hosts_test.sh - the same recipe on 2 and on 4 (pretend) hosts over TCP gives the weights of
# the single-process run. Needs root; see cluster.sh.
# shellcheck source=tests/cluster/cluster.sh
. "$(dirname "$0")/cluster.sh"

cluster_enter 300
hosts_up 4
reference_run

# Ranks really are on different hosts: else this test would show nothing.
names=$(mpirun_on 4 hostname 2>"$CLUSTER/hostname.err" | sort | tr '\n' ' ')
check "four ranks on four hosts" equal "$names" "n1 n2 n3 n4 "

for n in 2 4; do
    mpirun_on "$n" "$ONECYCLE" train job.yaml --run-dir "hosts-$n" >"hosts-$n.log" 2>&1
    rc=$?
    [ $rc = 0 ] || tail -n 20 "hosts-$n.log"
    check "$n hosts: exit code 0" equal $rc 0
    check "$n hosts: $n ranks" equal "$(summary "hosts-$n" ranks)" "$n"
    check "$n hosts: same weights_hash" equal "$(summary "hosts-$n" weights_hash)" "$expected"
done
finish
