#!/usr/bin/env bash
# launch_test.sh - processes that were started together but cannot find each other must not each
# train alone: usage error (64) with a hint; a lone process and a proper job are fine. A command that
# needs no peers does not mind who started it: the first of its processes does it, once.
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

expect() # CODE PATTERN COMMAND [NAME=VALUE...]: `onecycle COMMAND` in that environment
{
    local code=$1 pattern=$2 command=$3 found
    shift 3
    # shellcheck disable=SC2086 # several words
    timeout --kill-after=5 30 env "$@" "$ONECYCLE" $command >"$output" 2>&1 </dev/null
    found=$?
    if [ "$found" = "$code" ] && { [ "$pattern" = '^$' ] && [ ! -s "$output" ] || grep -q -e "$pattern" "$output"; }; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: '$*' gave $found, expected $code and '$pattern'"
        sed 's/^/    /' "$output"
    fi
}

expect 74 'no-recipe' "train no-recipe"
expect 64 'srun --mpi=pmix' "train no-recipe" SLURM_STEP_NUM_TASKS=2
expect 74 'no-recipe' "train no-recipe" SLURM_STEP_NUM_TASKS=1
expect 74 'no-recipe' "train no-recipe" SLURM_NTASKS=4 # in a batch script, no step around it
expect 64 '2 processes were started' "train no-recipe" PMI_RANK=0 PMI_SIZE=2
for job in "SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=0" "PMI_RANK=0 PMI_SIZE=2" "NONE=1"; do
    for command in version help "help train" "train --help"; do
        # shellcheck disable=SC2086
        expect 0 'onecycle' "$command" $job
    done
    # shellcheck disable=SC2086
    {
        expect 74 'no-file' "inspect no-file" $job
        expect 74 'no-file' "predict no-file x.png" $job
        expect 64 'no-importer' "import no-importer x" $job
        expect 64 'no-command' no-command $job
    }
done
expect 0 '^$' version SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=7 # not the first
. "$(dirname "$0")/../lib/launch.sh"
if [ "$launcher" != none ]; then
    lines=$(timeout 60 "${launch[@]}" -n 2 "$ONECYCLE" version 2>&1 | grep -c '^onecycle')
    if [ "$lines" = 1 ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: two processes printed the version $lines times"
    fi
fi

echo "$name: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
