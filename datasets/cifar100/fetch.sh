#!/bin/bash
# fetch.sh [DIR] - get cifar-100-binary.tar.gz from its authors' host into DIR (default: this
# folder) and check it by SHA-256 and MD5 (README.md says where those are from). Does nothing when
# it is there; the file appears only whole and checked.
# Exit code 0; 1 when it could not be had or had other bytes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=datasets/fetch_lib.sh
source "$here/../fetch_lib.sh"
name=cifar-100-binary.tar.gz
fetch_file "${1:-$here}" $name "${CIFAR100_URL:-https://www.cs.toronto.edu/~kriz/$name}" \
    58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec 03b5dce01913d631647c71ecec9e9cb8
