#!/bin/bash
# docs_test.sh - the documents name what there is: each message quoted in docs/TROUBLESHOOTING.md is one
# of the sources', each local link leads somewhere, commands exist and have the options shown, and
# recipe keys are keys. Not a test of whether the prose is true or plain: that takes a reader.
. "$(dirname "$0")/../lib/check.sh"
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }

# The help of every command, a file each.
mkdir "$scratch/help"
run 0 --help
for command in $(sed -n 's/^  \([a-z-]*\)  .*/\1/p' "$scratch/out") import_{images,cifar,idx,csv,npz,npy,hdf5,synthetic} \
  bench_{step,conv,machine,reduce} export_weights; do
  run 0 ${command/_/ } --help
  exits "help of $command" 0
  mv "$scratch/out" "$scratch/help/$command"
done

python3 "$ONECYCLE_SOURCE/tests/lib/docs_check.py" "$ONECYCLE_SOURCE" "$scratch/help" >"$scratch/verdicts" 2>"$scratch/err" ||
  not_ok "docs_check.py"
while read -r word what; do
  if [ "$word" = ok ]; then ok "$what"; else not_ok "$what"; fi
done <"$scratch/verdicts"
finish
