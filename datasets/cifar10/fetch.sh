#!/bin/bash
# fetch.sh [DIR] - get cifar-10-binary.tar.gz from its authors' host into DIR (default: this
# folder) and check it by SHA-256 and MD5 (README.md says where those are from). Does nothing when
# it is there; the file appears only whole and checked.
# Exit code 0; 1 when it could not be had or had other bytes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=datasets/fetch_lib.sh
source "$here/../fetch_lib.sh"
name=cifar-10-binary.tar.gz
fetch_file "${1:-$here}" $name "${CIFAR10_URL:-https://www.cs.toronto.edu/~kriz/$name}" \
    c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd c32a1d4ab5d03f1284b67883e8d87530
