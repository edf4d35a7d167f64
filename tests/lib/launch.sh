#!/bin/bash
# launch.sh RANKS PROGRAM ARGUMENT... - the program on so many ranks of this machine, however many cores it
# has. Or sourced, for what launchers differ in, which is known here alone (what a process finds in its
# environment, in src/job/launch.c):
#   launch         the launcher with its options; -n RANKS PROGRAM follows
#   launcher       openmpi-4, openmpi-5, mpich, or none: there is none here
#   rank_variable  in which a process finds its rank
#   killed_code    the exit code of a job of which a rank was killed by signal 9
#   lose_ranks     options with which a job outlives its ranks, where the launcher has any
# MPIRUN is the launcher to use, mpirun if it is not set.
mpirun=${MPIRUN:-mpirun}
launcher=none rank_variable=OMPI_COMM_WORLD_RANK killed_code=137 lose_ranks=() launch=("$mpirun")
if command -v "$mpirun" >/dev/null; then
  case $("$mpirun" --version 2>/dev/null) in
  *"Open MPI"*" 4."* | *OpenRTE*" 4."*) launcher=openmpi-4 ;;
  *"Open MPI"*) launcher=openmpi-5 lose_ranks=(--with-ft ulfm) ;;
  *HYDRA* | *hydra* | *MPICH*) launcher=mpich rank_variable=PMI_RANK killed_code=9 ;;
  *) launcher=other ;;
  esac
fi
case $launcher in # ranks that wait leave the core to others
openmpi-*)
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  launch+=(--oversubscribe --bind-to none --mca mpi_yield_when_idle 1)
  ;;
esac
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  [ "$launcher" = mpich ] || exec "${launch[@]}" -n "$@"
  # MPICH's launcher can lose the code of a program (src/job/exit_code.c): its ranks leave it here, too.
  codes=$(mktemp -d) || exit 1
  # shellcheck disable=SC2016 # for the shell of each rank
  "${launch[@]}" -n "$1" bash -c '"${@:2}"; code=$?; [ $code = 0 ] || echo $code >"$1/$PMI_RANK"; exit $code' \
    rank "$codes" "${@:2}"
  code=$?
  [ $code != 0 ] || code=$(cat "$codes"/* /dev/null 2>/dev/null | sort -n | tail -n 1)
  rm -rf "$codes"
  exit "${code:-0}"
fi
