#!/usr/bin/env bash
# install_test.sh - what `cmake --install` puts down is all that a program needs: every example is
# built against it with nothing but pkg-config, and once with find_package, and run.
. "$(dirname "$0")/../lib/check.sh"
command -v make >/dev/null || export CMAKE_GENERATOR=Ninja # one of the two has built us
: "${ONECYCLE_BUILD:?the build tree to install}"
if grep -q 'ONECYCLE_SANITIZE:BOOL=ON\|ONECYCLE_FUZZ:BOOL=ON' "$ONECYCLE_BUILD/CMakeCache.txt"; then
  echo "install_test: skipped: programs without sanitizers cannot load a library with them"
  exit 77
fi
for tool in pkg-config cmake cc c++ nm; do
  command -v $tool >/dev/null || { echo "install_test: skipped: no $tool"; exit 77; }
done
cd "$scratch" || exit 1

# The tree is moved after it was installed: it must not know where it lies.
cmake --install "$ONECYCLE_BUILD" --prefix "$scratch/first" >log 2>err
same "cmake --install" 0 $?
mv first prefix
library=$(dirname "$(find prefix -name libonecycle.so)")
export PKG_CONFIG_PATH=$scratch/$library/pkgconfig LD_LIBRARY_PATH=$scratch/$library
same "onecycle starts" "$("$ONECYCLE" --version)" "$(prefix/bin/onecycle --version 2>err)"
same "pkg-config knows the version" "$("$ONECYCLE" --version)" "onecycle $(pkg-config --modversion onecycle)"
for file in examples/train.c examples/CMakeLists.txt datasets/mnist/lenet.yaml slurm/train.sbatch; do
  [ -s "prefix/share/onecycle/$file" ] && ok "installed: $file" || not_ok "not installed: $file"
done
[ -z "$(find prefix/share/onecycle -size +100k)" ] && ok "no fetched data" || not_ok "fetched data are installed"

# The header, alone.
header() { # COMPILER STANDARD LANGUAGE
  command -v "$1" >/dev/null || return 0
  echo '#include <onecycle/onecycle.h>' |
    "$1" -x "$3" -std="$2" -Wall -Wextra -pedantic -Werror $(pkg-config --cflags onecycle) -c -o header.o - 2>err
  same "the header is $2 ($1)" 0 $?
}
header cc c11 c
header cc c17 c
header c++ c++17 c++
header clang c11 c
header clang++ c++17 c++

# What the library exports: each call of the header, and nothing else.
grep -o 'onecycle_[a-z_]*(' prefix/include/onecycle/onecycle.h | tr -d '(' | LC_ALL=C sort -u >declared
nm -D --defined-only "$library/libonecycle.so" | awk '{print $3}' | LC_ALL=C sort >exported
same "exported symbols" "$(cat declared)" "$(cat exported)"
[ -L "$library/libonecycle.so" ] && [ -e "$library/libonecycle.so.0" ] && ok "a soname" || not_ok "no soname"

# Examples.
cp -r prefix/share/onecycle/examples . && cd examples || exit 1
strict="-O1 -Wall -Wextra -pedantic -Werror"
build() { # COMPILER STANDARD SOURCE PROGRAM
  "$1" -std="$2" $strict "$3" -o "$4" $(pkg-config --cflags --libs onecycle) 2>"$scratch/err"
  same "$3 is built with pkg-config alone" 0 $?
}
for name in small train predict callback; do build cc c11 $name.c $name; done
build c++ c++17 train.cpp train_cpp
ranks() { # RANKS PROGRAM ARGUMENTS: out and err as `run` has them
  local n=$1
  shift
  timeout 120 "${launch[@]}" -n "$n" "$@" \
    >"$scratch/out" 2>"$scratch/err"
  code=$?
}
alone() {
  timeout 120 "$@" >"$scratch/out" 2>"$scratch/err"
  code=$?
}
alone ./small
exits "small" 0
same "small learns" "image 1 is of class 1: 1.000" "$(cat "$scratch/out")"
same "small has at most 25 lines" 1 $(($(wc -l <small.c) <= 25))
sed -n '/^```c$/,/^```$/{/^```/d;p}' "$ONECYCLE_SOURCE/docs/LIBRARY.md" | head -n "$(wc -l <small.c)" | cmp - small.c
same "LIBRARY.md shows small.c as it is" 0 $?
alone ./train
exits "train" 0
grep -q '^accuracy 1 after 60 steps' "$scratch/out" && ok "train learns" || not_ok "train: $(cat "$scratch/out")"
one=$(cat "$scratch/out")
mkdir empty && (cd empty && ../train >/dev/null 2>"$scratch/err" && ls -A >../left)
[ -e left ] && [ ! -s left ] && ok "training left no file" || not_ok "files that training left: $(cat left)"
alone ./train_cpp
exits "train_cpp" 0
said=$(awk '{print int($2 + 0.5)}' "$scratch/out")
[ "$said" -ge 135 ] && [ "$said" -le 145 ] && ok "train_cpp predicts" || not_ok "train_cpp: $said"

mpicc=$(sed -n 's/^MPI_C_COMPILER:[A-Z]*=//p' "$ONECYCLE_BUILD/CMakeCache.txt")
if grep -q 'ONECYCLE_MPI:BOOL=ON' "$ONECYCLE_BUILD/CMakeCache.txt" && command -v "$mpicc" >/dev/null; then
  ranks 2 ./train
  same "train on 2 ranks has the same weights" "$one" "$(cat "$scratch/out")"
  build "$mpicc" c11 embed_mpi.c embed_mpi
  for n in 2 4; do
    ranks $n ./embed_mpi
    exits "embed_mpi on $n ranks" 0
    same "half of $n ranks train, all have the weights" "y = 3.00 a -2.00 b" "$(cat "$scratch/out")"
  done
fi

# A run directory that a program trains into is one like any other.
"$ONECYCLE" import synthetic --seed 3 --train 600 --test 100 data.h5 >/dev/null
cat >r.yaml <<YAML
model: {name: mlp, hidden: [8]}
data: {file: data.h5}
batch: {size: 50}
train: {epochs: 3}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.01}
YAML
alone ./callback r.yaml stopped 0.0
exits "callback stops after the first evaluation" 75 'step 12 of 36'
same "at the end of the first epoch" 13 "$(wc -l <stopped/steps.csv)"
run 0 train r.yaml --run-dir stopped --resume --quiet
exits "onecycle train goes on" 0
alone ./callback r.yaml whole 1.1
exits "callback goes on to the end" 0
same "both have the same weights" "$(field weights_hash stopped/summary.json)" "$(field weights_hash whole/summary.json)"
alone ./callback r.yaml whole 1.1
exits "a run that is there already" 64 'already contains a run'

# predict says what `onecycle predict` says: any numbers will do.
values=$(awk 'BEGIN { for (i = 0; i < 2 * 784; i++) print i % 256 }')
alone ./predict whole <<<"$values"
exits "predict" 0
same "a line a sample" 2 "$(wc -l <"$scratch/out")"

# Mistakes come back as a status and a message.
sed 's/max_lr/max_rate/' r.yaml >wrong.yaml
alone ./callback wrong.yaml wrong 1
exits "a wrong recipe" 64 'wrong.yaml:6: .*max_rate'
alone ./predict nothing-there
exits "no such checkpoint" 74 'nothing-there'
alone ./predict whole <<<"$(sed '700s/.*/nan/' <<<"$values")"
exits "a number that is not finite" 65 'value 699'

# find_package.
cmake -S . -B cmake -DCMAKE_PREFIX_PATH="$scratch/prefix" >log 2>"$scratch/err" &&
  cmake --build cmake >>log 2>"$scratch/err"
same "find_package" 0 $?
alone cmake/train
same "and what it built" "$one" "$(cat "$scratch/out")"

# libonecycle.a, with what pkg-config says it needs.
cc $strict train.c -o train_static \
  $(pkg-config --static --cflags --libs onecycle | sed 's/-lonecycle/-l:libonecycle.a/') 2>"$scratch/err"
same "the static library" 0 $?
alone env -u LD_LIBRARY_PATH ./train_static
same "and what it gives" "$one" "$(cat "$scratch/out")"
finish
