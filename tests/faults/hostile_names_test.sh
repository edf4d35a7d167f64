#!/usr/bin/env bash
# hostile_names_test.sh - names of classes, files and folders that would steer a terminal or forge
# lines: no command lets them through, neither to the terminal nor to log.txt.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
escape=$'\033'
hostile="evil$escape[31m"$'\n'"2026-01-01T00:00:00 done"
class="red$escape]0;owned"$'\a'"x"
{ echo 'a,b,label'; for i in $(seq 60); do printf '%s.5,%s,"%s"\n' "$i" "$((i * 7 % 13))" \
  "$([ $((i % 2)) = 0 ] && echo "$class" || echo blue)"; done; } >table.csv
mkdir "$hostile"
run 0 import csv table.csv --label label --test-fraction 0.2 "$hostile/data.h5"
exits "a data set with hostile names" 0
quiet() { # WHAT: what the last run wrote has neither escapes nor a line that a name began
  if LC_ALL=C grep -q "[$(printf '\001-\010\013-\037\177')]" out err; then
    not_ok "$1: a control character reaches the terminal"
  elif grep -q '^2026-01-01' out err; then
    not_ok "$1: a name begins a line"
  else
    ok "$1: plain text"
  fi
}
quiet "import"
cat >r.yaml <<YAML
model: {name: mlp, hidden: [8]}
batch: {size: 16}
train: {epochs: 2, seed: 7}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.05}
YAML
cp r.yaml "$hostile/r.yaml"
printf 'data:\n  file: "data.h5"\n' >>"$hostile/r.yaml"
run 0 train "$hostile/r.yaml" --run-dir "$hostile/a-run-with-a-plain-name"
exits "train" 0
quiet "train"
log=$hostile/a-run-with-a-plain-name/log.txt
if [ ! -s "$log" ] || grep -q "$escape" "$log" || grep -q '^2026-01-01' "$log"; then
  not_ok "log.txt: a name forges a line"
else
  ok "log.txt has plain lines only"
fi
for command in "predict $hostile/a-run-with-a-plain-name --data $hostile/data.h5" "eval $hostile/a-run-with-a-plain-name" "inspect $hostile/a-run-with-a-plain-name" \
  "inspect $hostile/data.h5" "inspect $hostile/a-run-with-a-plain-name/checkpoints/best.h5" "report $hostile/a-run-with-a-plain-name --text" \
  "report $hostile/a-run-with-a-plain-name --html $hostile/page.html"; do
  # The words of a command are cut at blanks, of which the name has one.
  words=()
  for word in ${command//"$hostile"/@}; do words+=("${word//@/"$hostile"}"); done
  case "$command" in *--html*) command -v gnuplot >/dev/null || continue ;; esac
  run 0 "${words[@]}"
  exits "${words[0]}" 0
  quiet "${words[*]//"$hostile"/@}"
done
for word in eval predict inspect report train; do
  run 0 $word "$hostile/none"
  quiet "$word of a file that is not there"
done
finish
