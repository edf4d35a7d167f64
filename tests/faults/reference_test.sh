#!/bin/bash
# reference_test.sh - what `onecycle reference` makes of the tables of options and keys: docs/REFERENCE.md
# is up to date, manual pages are sound and fit 80 columns, and completion offers what there is.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1

# ---- docs/REFERENCE.md
run 0 reference markdown
exits "reference markdown" 0
if diff -u "$ONECYCLE_SOURCE/docs/REFERENCE.md" out >difference; then
    ok "docs/REFERENCE.md is what the program says"
else
    not_ok "docs/REFERENCE.md is out of date: onecycle reference markdown > docs/REFERENCE.md"
    head -n 20 difference
fi
run 0 reference
exits "no format" 64 "expected markdown, man, bash, zsh or fish"
run 0 reference html
exits "unknown format" 64 "unknown format"
run 0 reference man
exits "man without a folder" 64 "expected DIR"
run 0 reference bash folder
exits "bash with a folder" 64 "expected DIR"
touch file
run 0 reference man file
exits "a folder that cannot be made" 74 "file"

# ---- manual pages
run 0 reference man pages
exits "reference man" 0
commands=$(sed -n 's/^OC_COMMAND([a-z_]*, "\([a-z-]*\)",.*/\1/p' "$ONECYCLE_SOURCE/src/cli/commands.def")
for command in $commands; do
    if [ -s "pages/man1/onecycle-$command.1" ]; then ok "a page for $command"; else not_ok "no page for $command"; fi
done
same "no other pages" "$(find pages -type f | wc -l)" "$(($(echo "$commands" | wc -l) + 2))"
for page in pages/man?/*; do
    name=${page##*/}
    if command -v groff >/dev/null; then
        LC_ALL=C.UTF-8 groff -man -Tutf8 -ww -P-cbou "$page" >text 2>err
        same "$name: groff has nothing to say" "$(wc -c <err)" 0
        same "$name: fits 80 columns" "$(LC_ALL=C.UTF-8 awk 'length > 80' text | wc -l)" 0
    fi
    if command -v mandoc >/dev/null; then
        mandoc -T lint -W warning "$page" 2>&1 | grep -v 'missing date' >err
        same "$name: nor has mandoc" "$(wc -c <err)" 0
    fi
done
grep -q 'train.init' pages/man5/onecycle-recipe.5 && ok "the keys have a page" || not_ok "no train.init in its page"
grep -q 'test.*fraction' pages/man1/onecycle-import.1 && ok "importers are on import's page" ||
    not_ok "import's page lacks its importers"

# ---- completion for bash, as the shell calls it
run 0 reference bash
exits "reference bash" 0
cp out completion.bash
cat >complete.sh <<'END'
# complete.sh WORD...: what the last word may become
. ./completion.bash
COMP_WORDS=(onecycle "$@") COMP_CWORD=$#
_onecycle
printf '%s\n' "${COMPREPLY[@]}"
END
offers() { # WHAT EXPECTED WORD...
    local what=$1 expected=$2
    shift 2
    bash complete.sh "$@" >offered 2>err
    same "$what" "$(sort offered | tr '\n' ' ')" "$expected "
}
has() { # WHAT EXPECTED WORD...: it is among what is offered
    local what=$1 expected=$2
    shift 2
    bash complete.sh "$@" >offered 2>err
    if grep -qx -- "$expected" offered; then ok "$what"; else not_ok "$what: no $expected"; fi
}
offers "a command" "train" tr
offers "commands that begin alike" "range-test reference report" r
has "every command" "fine-tune" ""
offers "help of a command" "schedule" help sch
offers "an option" "--run-dir" train --run
has "the options of another command" "--validation" eval --
offers "an importer" "synthetic" import syn
has "an importer's options" "--label" import csv --
offers "keys of a recipe" "schedule.max_lr=" train r.yaml --set schedule.max
offers "keys behind --set=" "schedule.max_lr=" train --set = schedule.max
offers "words of a key" "linear" train --set schedule.anneal = l
has "words of a key just begun" "fastai1" train --set schedule.dialect =
offers "true and false" "true" train -s checkpoint.best = t
offers "a network" "lenet" inspect --model le
offers "a grid's key" "optimizer.beta2=" range-test r.yaml --grid optimizer.b
offers "a sweep's key" "batch.size=" sweep r.yaml batch.si
offers "files elsewhere" "" train recipe
offers "files behind --run-dir" "" train --run-dir x
offers "a number: nothing" "" train --stop-at ""

# ---- the other shells, where they are
run 0 reference zsh
exits "reference zsh" 0
cp out _onecycle
if command -v zsh >/dev/null; then
    zsh -n _onecycle 2>err
    same "zsh takes it" "$?" 0
fi
run 0 reference fish
exits "reference fish" 0
cp out onecycle.fish
if command -v fish >/dev/null; then
    fishes() { # WHAT EXPECTED LINE: fish offers it
        HOME=$scratch fish --no-config -c "source onecycle.fish; complete -C'$3'" 2>err | cut -f 1 >offered
        if grep -qx -- "$2" offered; then ok "fish: $1"; else not_ok "fish: $1: no $2"; fi
    }
    fishes "a command" train "onecycle tr"
    fishes "an option" --run-dir "onecycle train --ru"
    fishes "an option of a member" --shards "onecycle bench step --sh"
    fishes "a member" conv "onecycle bench "
    fishes "a key" schedule.max_lr= "onecycle train --set schedule.max"
    fishes "a word" schedule.anneal=linear "onecycle train --set schedule.anneal="
fi
finish
