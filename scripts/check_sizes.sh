#!/bin/bash
# check_sizes.sh [ROOT] - no C file of more than 400 lines, no function of more than 60 (from its
# opening brace to its closing one, which stand alone in the first column). Prints each that is
# longer, and ends with "sizes: N passed, N failed" (in files).
set -euo pipefail
root=${1:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$root"
folders=()
for folder in src mpi include examples tests docs; do
    [ ! -d "$folder" ] || folders+=("$folder")
done

find "${folders[@]}" -name '*.[ch]' -print0 | LC_ALL=C sort -z | xargs -0 awk '
    function too_long(what, lines, most) {
        if (lines <= most) return
        printf "%s: %s of %d lines, at most %d are allowed\n", FILE, what, lines, most
        bad[FILE]
    }
    function end_of_file() {
        if (FILE == "") return
        files++
        too_long("a file", lines, 400)
    }
    FNR == 1 { end_of_file(); FILE = FILENAME; begin = 0 }
    { lines = FNR }
    /^\{/ { begin = FNR }
    /^\}/ { if (begin) too_long("line " begin ": a function", FNR - begin + 1, 60); begin = 0 }
    END {
        end_of_file()
        failed = 0
        for (name in bad) failed++
        printf "sizes: %d passed, %d failed\n", files - failed, failed
        exit failed > 0 || files == 0
    }'
