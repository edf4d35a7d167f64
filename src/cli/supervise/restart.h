/* restart.h - whether a training that has ended is started again. Pure: it sees no process and no
 * file. slurm/train.sbatch follows the same list of exit codes (tests/faults/supervise_test.sh). */
#ifndef OC_CLI_SUPERVISE_RESTART_H
#define OC_CLI_SUPERVISE_RESTART_H

#include <stdint.h>

typedef struct oc_restart_facts {
    int code;                 /* how the launcher ended; 128 + N for signal N */
    int told;                 /* the supervisor was asked to stop */
    int out_of_time;          /* the batch system's time is nearly up */
    uint64_t restarts, most;  /* so far, and allowed */
    uint64_t fruitless, idle; /* starts in a row that saved no further step, and allowed */
} oc_restart_facts;

/* Local. NULL: start again. Otherwise why not, as the end of a sentence. */
const char *oc_restart_refused(const oc_restart_facts *facts);

/* Local. Seconds to wait before a start: 1, 2, 4 ... 60 as starts in a row save no step. */
unsigned oc_restart_wait(uint64_t fruitless);

#endif
