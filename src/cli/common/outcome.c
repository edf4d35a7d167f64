/* outcome.c - see outcome.h. */
#include "cli/common/outcome.h"

#include "base/memory.h"
#include "base/plain_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* A full disk behind standard output shows here at the latest. */
oc_status oc_cli_close_output(oc_status status)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status != OC_OK)
        return status;
    return oc_fail(OC_ERR_IO, "standard output: cannot write: %s", strerror(errno));
}

/* How much there is, and what needs less. */
static void advise_on_memory(int computes)
{
    struct rlimit limit;
    fprintf(stderr, "onecycle: %.0f MiB of memory are free",
            (double)oc_memory_available() / 0x1p20);
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        fprintf(stderr, ", and this process is limited to %.0f MiB (ulimit -v)",
                (double)limit.rlim_cur / 0x1p20);
    fputs(computes ? "; less is needed with more batch.shards, a smaller batch.size, fewer "
                     "compute.threads, compute.memory: low, a smaller data.memory (`onecycle "
                     "inspect --model` shows where it goes)\n"
                   : "\n",
          stderr);
}

void oc_cli_report(oc_status status, int computes)
{
    char plain[OC_PLAIN_TEXT]; /* it may hold a file's name */
    if (status != OC_OK && status != OC_STOPPED)
        fprintf(stderr, "onecycle: %s\n",
                oc_plain_text(oc_message()[0] ? oc_message() : oc_status_text(status), plain));
    if (status == OC_ERR_MEMORY)
        advise_on_memory(computes);
}
