#!/usr/bin/env bash
# lost_peer_test.sh - no hang: a rank that is stopped, killed, leaves or fails ends the whole job
# in time, with an exit code that says what to do. Needs LOST_PEER (tests/mpi/helpers/lost_peer.c).
set -u
name=lost_peer
passed=0
failed=0

[ -x "${LOST_PEER:-}" ] || { echo "$name: LOST_PEER is not set to the helper program"; exit 77; }
. "$(dirname "$0")/../lib/launch.sh"
[ "$launcher" != none ] || { echo "skipped: no mpirun here"; exit 77; }
output=$(mktemp) || exit 1
trap 'rm -f "$output"' EXIT

# The job may take 20 s; `timeout` gives 124 if it does not end.
job() # RANKS MODE [STATUS]
{
    local ranks=$1
    shift
    timeout --kill-after=5 20 "${launch[@]}" \
        -n "$ranks" "$LOST_PEER" "$@" >"$output" 2>&1 </dev/null
}

verdict() # GOOD(0/1) TEXT
{
    if [ "$1" = 1 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $2"
        sed 's/^/    /' "$output"
    fi
}

expect() # CODE RANKS MODE [STATUS]
{
    local code=$1 found
    shift
    job "$@"
    found=$?
    verdict $((found == code)) "$* ended with $found, expected $code"
}

# The line of the watchdog, from a rank that waited.
expect_said() # PATTERN
{
    grep -Eq "$1" "$output"
    verdict $(($? == 0)) "nothing like '$1' was said"
}

for ranks in 2 4; do
    expect 71 $ranks stopped
    expect_said 'rank [0-9] on .*: waited [0-9.]+ s in a sum of integers .*exit code 71'
    expect "$killed_code" $ranks killed
    expect 70 $ranks fails
    expect_said 'rank 1 saw: '
done
# The exit codes of the statuses, by a rank that leaves at once and by all in good order.
for pair in 1:64 2:65 3:70 4:71 5:72 6:73 7:74 8:75 9:70; do
    expect "${pair#*:}" 2 leaves "${pair%:*}"
done
expect 0 2 ends 0
expect 75 2 ends 8

echo "$name: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
