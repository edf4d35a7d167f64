/* restart.c - the rules of restart.h. */
#include "cli/supervise/restart.h"

#include <stddef.h>

/* Interruptions: the same command goes on where it was. Any other end would only be repeated. */
static int is_interruption(int code)
{
    switch (code) {
    case 6:   /* MPICH's mpiexec says signals so: UCX in another rank aborts when one is killed, */
    case 7:   /* or crashes in its memory; */
    case 9:   /* killed; */
    case 15:  /* ended by TERM, or some of these, joined by or */
    case 71:  /* lost a peer */
    case 75:  /* stopped and saved */
    case 137: /* killed */
    case 143: /* ended by TERM */
    case 205: /* mpirun lost a node */
        return 1;
    default:
        return 0;
    }
}

const char *oc_restart_refused(const oc_restart_facts *facts)
{
    if (facts->code == 0)
        return "the training is done";
    if (!is_interruption(facts->code))
        return "another start would end in the same way";
    if (facts->told)
        return "it was asked to stop";
    if (facts->code == 75 && facts->out_of_time)
        return "the job's time is nearly up";
    if (facts->restarts >= facts->most)
        return "it was started again --max-restarts times";
    if (facts->fruitless >= facts->idle)
        return "starts in a row (--max-fruitless) saved no further step";
    return NULL;
}

unsigned oc_restart_wait(uint64_t fruitless)
{
    return fruitless < 6 ? 1U << fruitless : 60U;
}
