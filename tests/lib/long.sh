# long.sh - the long form of a test, to be sourced after check.sh. LONG_FORM=FOLDER asks for it: results of
# points that were tried are kept there, in NAME.points, and not tried again, so it may be interrupted;
# LONG_SECONDS=N ends it after so many. Without LONG_FORM a test tries a sample of its points, and fewer where
# that takes too long (under the sanitizers).
long_began=$SECONDS
long_most=${LONG_SECONDS:-1000000}
[ -n "${LONG_FORM:-}" ] || long_most=25
long_points=${LONG_FORM:-$scratch}/$suite.points
mkdir -p "$(dirname "$long_points")" && touch "$long_points"
declare -A long_known=()
while read -r point result; do long_known[$point]=$result; done <"$long_points"
is_long() { [ -n "${LONG_FORM:-}" ]; }
# is_known POINT (a word): it was tried before
is_known() { [ -n "${long_known[$1]:-}" ]; }
# note POINT RESULT: good, void (what should have happened did not), or what was wrong
note() {
  long_known[$1]=$2
  echo "$1 $2" >>"$long_points"
}
time_is_up() { [ $((SECONDS - long_began)) -ge "$long_most" ]; }
# try_points SAMPLES TRY POINT...: calls TRY with so many of the points, or all in the long form, until time is up.
try_points() {
  local most=$1 try=$2 i point
  shift 2
  ! is_long || most=$#
  local all=("$@")
  for ((i = 0; i < most; i++)); do
    point=${all[i * 1597 % ${#all[@]}]} # a prime: each once, and from the beginning of all kinds
    ! is_known "$point" || continue
    ! time_is_up || break
    "$try" "$point"
  done
}
# comparable: what the points are compared with is there, or nothing is worth trying.
comparable() { [ "$failed" = 0 ] || finish; }
# judge WHAT PATTERN: a check of all points that match a regular expression; void ones do not count.
judge() {
  local good bad
  good=$(grep -E "^$2" "$long_points" | grep -c ' good$')
  bad=$(grep -E "^$2" "$long_points" | grep -vc ' \(good\|void\)$')
  if [ "$bad" -gt 0 ]; then
    not_ok "$1: $bad of $((good + bad)) points"
    grep -E "^$2" "$long_points" | grep -v ' \(good\|void\)$' | head -n 10 | sed 's/^/        /'
  elif [ "$good" -gt 0 ]; then
    ok "$1: $good points"
  elif is_long; then
    not_ok "$1: no point was tried"
  fi
}
