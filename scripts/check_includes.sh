#!/bin/bash
# check_includes.sh [ROOT] - do src/ and mpi/ keep to the layers of docs/ARCHITECTURE.md? Prints
# each line that does not, and ends with "includes: N passed, N failed" (in files). Checked:
#   - who includes whom (the table below; *.def lists are open to all)
#   - mpi.h, cblas.h, hdf5.h each only in its place
#   - only src/job opens a communicator: it sees to time limit, kernels and BLAS threads too
#   - below src/cli nothing ends the process, reads the environment (src/job may) or prints to stdout
# Not a compiler: it reads text, with comments and strings taken out.
set -euo pipefail
root=${1:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$root"

# room: the rooms it may include from, besides itself. A room is a folder of src/, mpi, or a folder
# of src/data or src/cli.
declare -A may_include=(
    [base]=""
    [tensor]="base"
    [kernels]="base tensor"
    [layers]="base tensor kernels"
    [losses]="base tensor kernels"
    [models]="base tensor kernels layers losses"
    [schedules]="base"
    [optimizers]="base kernels"
    [storage]="base tensor"
    [data/files]="base"
    [data/images]="base storage"
    [data/tables]="base data/files storage"
    [data/arrays]="base data/files data/tables storage"
    [data/dataset]="base data/arrays storage"
    [data/augment]="base data/dataset"
    [data/loader]="base data/augment data/dataset"
    [import]="base data/arrays data/dataset data/files data/images data/loader data/tables storage"
    [mpi]="base"
    [recipe]="base data/augment losses models optimizers schedules"
    [run]="base tensor kernels layers losses models schedules optimizers storage data/arrays data/augment data/dataset data/loader mpi recipe"
    [control]="base mpi recipe run schedules"
    [rundir]="base control mpi recipe run storage"
    [studies]="base control kernels models mpi recipe run rundir schedules storage"
    [job]="base kernels mpi"
)
everything_below_cli="base tensor kernels schedules storage data/arrays data/augment data/dataset data/images data/loader data/tables import mpi recipe run control rundir studies job"
# The public library; onecycle is the folder of its header, include/onecycle.
may_include[api]="base onecycle data/dataset job mpi recipe run control rundir storage"
for folder in common start bench import inspect plan predict range reference report supervise sweep train; do
    may_include[cli/$folder]="cli cli/common $everything_below_cli"
done
may_include[cli]="cli/common $everything_below_cli"

# room_of PATH: sets `room` to that of a file below src/ or mpi, or of a header as it is included
room_of() {
    local path=${1#src/}
    room=${path%%/*}
    case $path in
        data/*/* | cli/*/*)
            path=${path#*/}
            room=$room/${path%%/*}
            ;;
    esac
}

# header: the files that may include it
declare -A place=(
    [mpi.h]='^mpi/comm_mpi(\.c|_private\.h)$'
    [cblas.h]='^src/kernels/[a-z0-9_]*\.c$'
    [hdf5.h]='^src/storage/h5[a-z0-9_]*\.[ch]$'
)

# Calls that only src/cli and src/job may make. _exit: how a rank leaves when its peers are lost or stuck.
forbidden='\b(exit|_exit|_Exit|quick_exit|abort|getenv|secure_getenv|setenv|putenv|printf|vprintf|puts|putchar|perror)\s*\(|\b(stdout|environ)\b'
opens='\boc_comm_(open|adopt|adopt_fortran)\s*\('
may_exit='^mpi/watchdog\.c$'

# FILE without comments and string literals, lines kept.
code() {
    perl -0pe 's{("(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27)|(/\*.*?\*/|//[^\n]*)}
        { my $t = defined $1 ? "\"\"" : $2; $t =~ s/[^\n]//g unless defined $1; $t }gsex' "$1"
}

declare -A count=([mpi.h]=0 [cblas.h]=0 [hdf5.h]=0)
problems=0 passed=0 failed=0
problem() {
    echo "$*"
    problems=$((problems + 1))
}

check_includes() { # FILE ROOM
    local number line header room
    while IFS=: read -r number line; do
        [[ $line =~ [\"\<]([^\"\>]*) ]] && header=${BASH_REMATCH[1]} || header=$line
        if [[ $line == *\"*\"* ]]; then
            room_of "$header"
            if [[ $header != */* ]]; then
                problem "$1:$number: \"$header\": write it with its folder, \"$2/$header\""
            elif [[ $header != *.def && $room != "$2" && " ${may_include[$2]} " != *" $room "* ]]; then
                problem "$1:$number: $2 may not include from $room (\"$header\")"
            fi
        fi
        if [ -n "${place[$header]:-}" ]; then
            count[$header]=$((count[$header] + 1))
            [[ $1 =~ ${place[$header]} ]] ||
                problem "$1:$number: <$header> belongs only in ${place[$header]}"
        fi
    done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$1" || true)
}

check_calls() { # FILE
    local number line
    grep -qE "$forbidden" "$1" || return 0 # most files: no comments need taking out
    while IFS=: read -r number line; do
        [[ $1 =~ $may_exit && $line =~ (^|[^a-z_])_exit ]] && continue
        [[ $line =~ posix_spawnp?\(.*environ\) ]] && continue # handed on to a child, not read
        problem "$1:$number: only src/cli may do this: ${line#"${line%%[![:space:]]*}"}"
    done < <(code "$1" | grep -nE "$forbidden" || true)
}

check_openers() { # FILE ROOM
    local number line
    [[ $2 == job || $2 == mpi ]] && return 0
    grep -qE "$opens" "$1" || return 0
    while IFS=: read -r number line; do
        problem "$1:$number: only src/job opens a communicator: ${line#"${line%%[![:space:]]*}"}"
    done < <(code "$1" | grep -nE "$opens" || true)
}

while read -r file; do
    before=$problems
    room_of "$file"
    if [ -z "${may_include[$room]+known}" ]; then
        problem "$file: the folder $room has no rule in check_includes.sh"
    else
        check_includes "$file" "$room"
        check_openers "$file" "$room"
        [[ $room == cli* || $room == job ]] || check_calls "$file"
    fi
    if [ "$problems" = "$before" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done < <(find src mpi -name '*.[ch]' | LC_ALL=C sort)

for header in "${!count[@]}"; do
    if [ "${count[$header]}" -gt 1 ]; then
        echo "<$header> is included in ${count[$header]} files, expected one"
        failed=$((failed + 1))
    fi
done
echo "includes: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
