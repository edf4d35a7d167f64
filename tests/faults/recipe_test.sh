#!/bin/bash
# recipe_test.sh - the program as a user meets it before any training: recipes with mistakes,
# --set, commands and their help, import, inspect and schedule, alone and under mpirun.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1

says() { # WHAT TEXT: the last run's stdout holds TEXT
    if grep -q -- "$2" out; then ok "$1"; else not_ok "$1: stdout does not say '$2'"; fi
}
lines() { # WHAT FILE N
    same "$1" "$(wc -l <"$2")" "$3"
}

# ---- commands and help
run 0
exits "no command" 64 "the command is missing"
run 0 tarin recipe.yaml
exits "unknown command" 64 "^onecycle: tarin: unknown command; did you mean train?$"
lines "an error is one line" err 1
run 0 zzzzzz
exits "unknown command, nothing near" 64 "onecycle help"
run 0 --version
exits "--version" 0
says "--version names it" "^onecycle [0-9]"
run 0 version
for what in build compiler MPI kernels storage; do says "version: $what" "^$what  *[A-Za-z0-9]"; done
run 0 version extra
exits "version takes nothing" 64 "expected no arguments"
commands=$(sed -n 's/^OC_COMMAND([a-z_]*, "\([a-z-]*\)",.*/\1/p' "$ONECYCLE_SOURCE/src/cli/commands.def")
importers=$(sed -n 's/^OC_IMPORTER(\([a-z0-9]*\), .*/\1/p' "$ONECYCLE_SOURCE/src/import/importers.def")
mapfile -t all < <(echo "$commands" && sed 's/^/import /' <<<"$importers")
for command in "${all[@]}"; do
    # shellcheck disable=SC2086
    run 0 $command --help
    exits "$command --help" 0
    says "$command --help shows usage" "^Usage: onecycle $command"
    same "$command --help fits 80 columns" "$(awk 'length > 80' out | wc -l)" 0
    # shellcheck disable=SC2086
    run 0 $command --nonsense
    exits "$command --nonsense" 64 "--nonsense.*$command --help"
done
run 0 help schedule
says "help COMMAND" "^Usage: onecycle schedule"
run 0 help nonsense
exits "help of no command" 64 "unknown command"
run 0 --help
same "--help fits 80 columns" "$(awk 'length > 80' out | wc -l)" 0
for command in $commands; do says "--help lists $command" "^  $command "; done
run 0 train
exits "train without recipe" 64 "the recipe is missing"
run 0 train a.yaml b.yaml
exits "train with two recipes" 64 "b.yaml: one recipe only"
run 0 train --set
exits "--set without value" 64 "--set"

# ---- import
run 0 import synthetic --train 640 --test 64 set.h5
exits "import synthetic" 0
says "its card" "^samples  *640 train, 64 test"
before=$(sha256sum <set.h5)
run 0 import synthetic --train 100 --test 10 set.h5
exits "import does not replace" 74 "set.h5: already exists"
same "nothing was written over" "$(sha256sum <set.h5)" "$before"
run 0 import synthetic --seed 2 --train 640 --test 64 --force set.h5
exits "--force replaces" 0
differ "by other data" "$(sha256sum <set.h5)" "$before"
run 0 import synthetic --train 640 --test 64 -f set.h5
same "the same options, the same bytes" "$(sha256sum <set.h5)" "$before"
run 0 import --help
for importer in $importers; do says "import --help lists $importer" "^  $importer  *[A-Za-z]"; done
run 0 import
exits "import without importer" 64 "expected idx, cifar, images, csv, npy, npz, hdf5 or synthetic"
run 0 import idxx a b
exits "unknown importer" 64 "did you mean idx?"
run 0 import synthetic
exits "import without OUT" 64 "OUT.h5 is missing"
run 0 import csv x.h5
exits "import without SOURCE" 64 "expected FILE.csv OUT.h5, found only x.h5"
run 0 import synthetic a.csv x.h5
exits "import with a SOURCE that nothing reads" 64 "expected OUT.h5, found a.csv x.h5"
run 0 import synthetic --shape 3x32 x.h5
exits "bad shape" 64 "--shape 3x32"
run 0 import synthetic --train 0 x.h5
exits "no samples" 64 "--train 0"
run 0 import synthetic --classes many x.h5
exits "classes no number" 64 "--classes many"
run 0 import synthetic nofolder/x.h5
exits "no such folder" 74 "nofolder"
mkdir idx
run 0 import idx idx x.h5
exits "no idx files" 74 "idx: no file train-images-idx3-ubyte"
touch idx/train-images-idx3-ubyte.gz
run 0 import idx idx x.h5
exits "a packed idx file is found, the next is missing" 74 "train-labels-idx1-ubyte"
run 0 import idx --train-images a x.h5
exits "one idx file of four" 64 "--train-labels is missing"
same "no half file" "$(ls x.h5 2>/dev/null | wc -l)" 0
# 400 million samples of a byte, in files that take no room on disk. AddressSanitizer needs more memory
# than the limit.
if ! grep -q __asan_init "$ONECYCLE"; then
    printf '\0\0\010\003\027\327\204\0\0\0\0\001\0\0\0\001' >many-images
    printf '\0\0\010\001\027\327\204\0' >many-labels
    truncate -s 400000016 many-images
    truncate -s 400000008 many-labels
    (ulimit -v 400000 && exec "$ONECYCLE" import idx --train-images many-images --train-labels many-labels \
        --test-images many-images --test-labels many-labels x.h5) >out 2>err
    code=$?
    exits "an import that memory is too small for" 70 "many-labels: no memory for 400000000 labels"
    exits "how much there is" 70 "MiB of memory are free, and this process is limited to 391 MiB"
    same "nothing about training" "$(grep -c batch err)" 0
fi

# ---- recipes
cat >good.yaml <<'END'
model: lenet
data:
  file: set.h5
batch: {size: 64}
train:
  epochs: 2
schedule:
  max_lr: 0.05
END
bad() { # WHAT CODE TEXT [SED]: good.yaml changed by SED is refused, by schedule and by train
    sed "${4:-}" good.yaml >bad.yaml
    run 0 schedule bad.yaml
    exits "$1" "$2" "$3"
    run 0 train bad.yaml --run-dir bad
    exits "$1, train" "$2" "$3"
    same "$1: nothing made" "$(ls -d bad 2>/dev/null | wc -l)" 0
}
bad "unknown key" 64 "^onecycle: bad.yaml:6: train.epoch: unknown key; did you mean train.epochs?$" \
    's/epochs/epoch/'
bad "unknown section" 64 "bad.yaml:1: modle: unknown section; did you mean model?" 's/model/modle/'
bad "wrong type" 64 'bad.yaml:6: train.epochs: expected a whole number from 0 to 1000000, found "two"' \
    's/epochs: 2/epochs: two/'
bad "out of range" 64 "bad.yaml:8: schedule.max_lr: expected slice(a, b), slice(b) or a number above 0" 's/0.05/-1/'
bad "more shards than samples" 64 "found 65 shards for a batch.size of 64" \
    's/size: 64/size: 64, shards: 65/'
bad "a tab" 64 "bad.yaml:6: .*tabs may not indent" 's/^  epochs/\tepochs/'
bad "not YAML" 64 "bad.yaml:.*column.*not valid YAML" 's/{size: 64}/{size: 64/'
bad "not UTF-8" 64 "bad.yaml:3: column 9: not UTF-8" 's/set.h5/\xff.h5/'
bad "no data" 64 "data.file: is missing" '2,3d'
bad "key of another schedule" 64 "bad.yaml:9: schedule.lr: does not apply to schedule onecycle" \
    '$a\  lr: 1'
bad "empty" 64 "bad.yaml: is empty" 'd'
run 0 train missing.yaml
exits "no such recipe" 74 "missing.yaml"
run 0 train .
exits "a folder as recipe" 74 "directory"
head -c 1100000 /dev/zero | tr '\0' '#' >large.yaml
run 0 train large.yaml
exits "a huge recipe" 64 "large.yaml"
head -c 100000 /dev/urandom >random.yaml
run 0 train random.yaml
exits "random bytes" 64 "random.yaml"
run 0 train good.yaml --set train.epoch=3
exits "unknown key in --set" 64 "--set train.epoch=3: train.epoch: unknown key; did you mean train.epochs"
run 0 schedule good.yaml --set batch.size=1000
exits "batch larger than the data" 64 "batch.size: 1000 is more than the 640"

# ---- schedule
run 0 schedule good.yaml
exits "schedule" 0
lines "two epochs of ten steps" out 21
same "its first lines" "$(head -n 2 out)" "$(printf 'step,lr,momentum\n1,0.002,0.95')"
run 0 schedule good.yaml --set train.max_steps=7
lines "max_steps ends it" out 8
run 0 schedule good.yaml --steps 5
lines "--steps" out 6
run 0 schedule good.yaml --samples 128
lines "--samples" out 5
run 0 schedule good.yaml --set schedule.max_lr=0.1 --set data.file=none.h5
exits "no data set to count" 74 "none.h5: no such data set.*--steps"
run 0 schedule good.yaml --steps none
exits "--steps no number" 64 "--steps none"
run 0 schedule good.yaml --plot picture.gif
exits "plot of no known kind" 64 "png or .svg"
if command -v gnuplot >/dev/null; then
    run 0 schedule good.yaml --plot picture.svg
    exits "plot" 0
    same "the picture" "$(grep -c '<svg' picture.svg)" 1
fi
"$ONECYCLE" schedule good.yaml >/dev/full 2>err
code=$?
exits "a full disk behind stdout" 74 "standard output: cannot write"

# ---- inspect
run 0 inspect set.h5
exits "inspect a data set" 0
says "counts of a class" "^[^ ]*  *[0-9][0-9]*  *[0-9][0-9]*$"
same "samples of all classes" "$(awk 'NF == 3 && $2 + 0 > 0 { train += $2; test += $3 }
    /^class/ { train = test = 0 } END { print train, test }' out)" "640 64"
run 0 train good.yaml --run-dir made --quiet
exits "a short training" 0
run 0 inspect made
exits "inspect a run" 0
says "its summary" "^weights_hash  *[0-9a-f]\{32\}$"
says "its epochs" "^  *2  *20 "
says "its checkpoints" "step-000000020.h5"
run 0 inspect made/checkpoints/step-000000020.h5
exits "inspect a checkpoint" 0
says "its place" "^step  *20 of 20 (10 per epoch)"
says "its tensors" "parameters/conv1.weight  *20x1x5x5  *500"
says "all parameters" "^431080 parameters"
says "its recipe" "max_lr: 0.05"
run 0 inspect nothing.h5
exits "inspect nothing" 74 "nothing.h5"
run 0 inspect .
exits "inspect another folder" 65 "no recipe.yaml"
run 0 inspect good.yaml
exits "inspect another file" 65 "good.yaml"
touch empty.h5
run 0 inspect empty.h5
exits "inspect an empty file" 65 "empty.h5"
head -c 20000 set.h5 >cut.h5
run 0 inspect cut.h5
exits "inspect a truncated file" 65 "cut.h5"
cp -r made broken
echo '{"a": ' >broken/summary.json
run 0 inspect broken
exits "inspect a damaged summary" 65 "summary.json:"

# ---- on several ranks: text once, the same code
if [ "$launcher" != none ] && "$ONECYCLE" version | grep -q '^MPI  *[^n ]'; then
    run 2 schedule good.yaml
    exits "schedule on 2 ranks" 0
    lines "its text comes once" out 21
    run 2 train --help
    exits "train --help on 2 ranks" 0
    same "once" "$(grep -c '^Usage' out)" 1
    run 3 train good.yaml --set train.epoch=3
    exits "a wrong recipe on 3 ranks" 64 "unknown key"
    same "the error comes once" "$(grep -c '^onecycle: ' err)" 1
    run 2 train --nonsense
    exits "a wrong option on 2 ranks" 64 "--nonsense"
    same "its error comes once" "$(grep -c '^onecycle: ' err)" 1
    run 2 inspect nothing.h5
    exits "an error of rank 0 alone" 74 "nothing.h5"
fi

# ---- the recipes of datasets/ lack nothing but their data
for recipe in "$ONECYCLE_SOURCE"/datasets/*/*.yaml; do
    run 0 train "$recipe" --set data.file=nothing.h5 --run-dir none
    exits "${recipe#"$ONECYCLE_SOURCE"/}" 74 "nothing.h5"
done
finish
