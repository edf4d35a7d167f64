/* stand_ins.c - see stand_ins.h. */
#include "tests/scale/stand_ins.h"

#include "base/memory.h"
#include "mpi/watchdog.h"

#include <mpi.h>

#include <stdint.h>
#include <stdlib.h>

int scale_memory_is_shared;

size_t oc_memory_installed(void)
{
    return SIZE_MAX; /* ranks are of other machines */
}

void *oc_memory_block(size_t alignment, size_t bytes)
{
    if (scale_memory_is_shared)
        return SMPI_SHARED_MALLOC(bytes); /* whole pages */
    return aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

oc_status oc_watchdog_start(oc_watchdog **watchdog, int rank, const char *host)
{
    (void)rank, (void)host;
    *watchdog = NULL;
    return OC_OK;
}

void oc_watchdog_set_rank(oc_watchdog *watchdog, int rank)
{
    (void)watchdog, (void)rank;
}

void oc_watchdog_stop(oc_watchdog *watchdog)
{
    (void)watchdog;
}

void oc_watchdog_set_launcher(oc_watchdog *watchdog, int connection)
{
    (void)watchdog, (void)connection;
}

_Noreturn void oc_watchdog_leave(oc_watchdog *watchdog, int code)
{
    (void)watchdog;
    exit(code);
}

void oc_watchdog_set_limit(oc_watchdog *watchdog, double seconds)
{
    (void)watchdog, (void)seconds;
}

void oc_watchdog_arm(oc_watchdog *watchdog, const char *what)
{
    (void)watchdog, (void)what;
}

void oc_watchdog_disarm(oc_watchdog *watchdog)
{
    (void)watchdog;
}

oc_recorder *oc_watchdog_recorder(oc_watchdog *watchdog)
{
    (void)watchdog;
    return NULL;
}

oc_awaited *oc_watchdog_awaited(oc_watchdog *watchdog)
{
    (void)watchdog;
    return NULL;
}

void oc_watchdog_keep_record(oc_watchdog *watchdog, oc_watch_writer *write, const char *folder,
                             int rank, int ranks)
{
    (void)watchdog, (void)write, (void)folder, (void)rank, (void)ranks;
}

void oc_watchdog_note_failure(oc_watchdog *watchdog, const char *what)
{
    (void)watchdog, (void)what;
}

void oc_watchdog_part(oc_watchdog *watchdog)
{
    (void)watchdog;
}
