# lost.sh - trainings that outlive their ranks, to be sourced after check.sh; skips the test where MPI has no
# User-Level Failure Mitigation, or the launcher does not offer it.
[ ${#lose_ranks[@]} -gt 0 ] && ompi_info 2>/dev/null | grep -q 'FT MPI support: yes' &&
  "$ONECYCLE" version | grep -q '^MPI  *Open MPI v5' ||
  { echo "skipped: this MPI has no User-Level Failure Mitigation"; exit 77; }

# start NAME ARGS...: r.yaml on four ranks in the background, in the folder NAME, until they train
start() {
  local name=$1
  shift
  timeout -k 5 100 "${launch[@]}" "${lose_ranks[@]}" -n 4 "$ONECYCLE" train r.yaml --run-dir "$name" "$@" \
    >"$scratch/out" 2>"$scratch/err" </dev/null &
  job=$!
  until [ -s "$name/epochs.csv" ] && [ "$(wc -l <"$name/epochs.csv")" -gt 1 ] || ! kill -0 $job 2>/dev/null; do
    sleep 0.02
  done
}
# lose RANK, or "any": says which rank it was
lose() {
  local found
  found=$(ranks_here | if [ "$1" = any ]; then shuf -n 1; else grep "^$1 "; fi)
  [ -z "$found" ] || kill -KILL "${found#* }"
  echo "${found% *}"
}
# ends: of the job, with $code
ends() {
  wait $job
  code=$?
}
