# check.sh - what the test scripts share: a scratch folder, checks that count, the closing
# line "NAME: N passed, N failed". To be sourced; not a test itself.
set -u
: "${ONECYCLE:?the program to test, e.g. ONECYCLE=build/onecycle}"
: "${ONECYCLE_SOURCE:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
export OPENBLAS_NUM_THREADS=1
. "$(dirname "${BASH_SOURCE[0]}")/launch.sh"
suite=$(basename "$0" .sh)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/onecycle-$suite-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# run RANKS ARGS...: onecycle on so many ranks (0: without a launcher), out and err kept in
# $scratch/out and $scratch/err, exit code in $code.
run() {
  local ranks=$1
  shift
  if [ "$ranks" = 0 ]; then
    timeout 300 "$ONECYCLE" "$@" >"$scratch/out" 2>"$scratch/err"
  else
    # MPI and PMIx leave memory behind; alone the program is checked for leaks.
    ASAN_OPTIONS=detect_leaks=0 timeout 300 "${launch[@]}" -n "$ranks" "$ONECYCLE" "$@" >"$scratch/out" 2>"$scratch/err"
  fi
  code=$?
}

ok() { passed=$((passed + 1)); echo "ok      $*"; }
not_ok() {
  failed=$((failed + 1))
  echo "FAILED  $*"
  [ -s "$scratch/err" ] && tail -n 5 "$scratch/err" | sed 's/^/        /'
}
# same WHAT A B: A and B are equal and not empty.
same() { if [ -n "$2" ] && [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: '$2' and '$3'"; fi; }
# differ WHAT A B
differ() { if [ -n "$2" ] && [ "$2" != "$3" ]; then ok "$1"; else not_ok "$1: both '$2'"; fi; }
# exits WHAT CODE [TEXT]: the last run ended with CODE and its stderr holds TEXT (a basic
# regular expression); a crash or a time-out is never what was expected.
exits() {
  if [ "$code" != "$2" ]; then
    not_ok "$1: exit code $code, expected $2"
  elif [ -n "${3:-}" ] && ! grep -q -- "$3" "$scratch/err"; then
    not_ok "$1: stderr does not say '$3'"
  else
    ok "$1"
  fi
}
# ranks_here [WORD]: "RANK PROCESS" of each rank of onecycle that works in the current folder, with this word in
# its command line. rank_process RANK [WORD]: the process of one of them. For tests that stop or kill ranks.
ranks_here() {
  local process rank
  for process in $(pgrep -x onecycle); do
    [ "$(readlink "/proc/$process/cwd")" = "$PWD" ] || continue
    [ -z "${1:-}" ] || tr '\0' '\n' 2>/dev/null <"/proc/$process/cmdline" | grep -qx -- "$1" || continue
    rank=$(tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" | sed -n "s/^$rank_variable=//p")
    [ -z "$rank" ] || echo "$rank $process"
  done
}
rank_process() { ranks_here "${2:-}" | sed -n "s/^$1 //p"; }
# field NAME FILE: a value of summary.json.
field() { sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$2"; }
# hash_of RUN: of the weights of a run directory, here or in $scratch.
hash_of() {
  [ -d "$1" ] || set -- "$scratch/$1"
  field weights_hash "$1/summary.json"
}
# find_python MODULE...: a python3 that has these modules is "$python" from here on (Debian's, where
# another one hides it); without one the whole test is skipped.
find_python() {
  local each modules
  modules=$(IFS=,; echo "$*")
  for each in python3 /usr/bin/python3; do
    "$each" -c "import $modules" 2>/dev/null && python=$each && return
  done
  echo "skipped: no python3 with the modules $modules"
  exit 77
}
finish() {
  echo "$suite: $passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}
