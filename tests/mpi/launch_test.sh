#!/usr/bin/env bash
# launch_test.sh - processes that were started together but cannot find each other must not each
# train alone: usage error (64) with a hint; a lone process and a proper job are fine.
set -u
name=launch
passed=0
failed=0
[ -x "${ONECYCLE:-}" ] || { echo "$name: ONECYCLE is not set to the program"; exit 77; }
output=$(mktemp) || exit 1
trap 'rm -f "$output"' EXIT

# What a launcher around this test left behind is not part of it.
for variable in $(compgen -e | grep -E '^(OMPI_COMM|PMI|PMIX|SLURM)_'); do
    unset "$variable"
done

expect() # CODE PATTERN [NAME=VALUE...]: `onecycle version` in that environment
{
    local code=$1 pattern=$2 found
    shift 2
    timeout --kill-after=5 30 env "$@" "$ONECYCLE" version >"$output" 2>&1 </dev/null
    found=$?
    if [ "$found" = "$code" ] && grep -q -e "$pattern" "$output"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: '$*' gave $found, expected $code and '$pattern'"
        sed 's/^/    /' "$output"
    fi
}

expect 0 'onecycle'
expect 64 'srun --mpi=pmix' SLURM_STEP_NUM_TASKS=2
expect 0 'onecycle' SLURM_STEP_NUM_TASKS=1
expect 0 'onecycle' SLURM_NTASKS=4 # in a batch script, no step around it
expect 64 '2 processes were started' PMI_RANK=0 PMI_SIZE=2

echo "$name: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
