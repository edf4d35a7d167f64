/* memory.c - see memory.h. */
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

size_t oc_memory_installed(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && bytes > 0 ? (size_t)pages * (size_t)bytes : SIZE_MAX;
}

size_t oc_memory_peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}

/* Asking is all: whether there are huge pages is up to the kernel (transparent_hugepage/enabled),
 * and what does not fill one has pages of the usual size, so nothing more becomes resident. */
void *oc_memory_block(size_t alignment, size_t bytes)
{
    enum { HUGE = 2 << 20 };
    const int large = bytes >= HUGE;
    const size_t place = large && alignment < HUGE ? HUGE : alignment;
    void *at;
    if (bytes > SIZE_MAX - HUGE || posix_memalign(&at, place, bytes) != 0)
        return NULL;
    if (large)
        madvise(at, bytes, MADV_HUGEPAGE);
    return at;
}

/* The number a file of one number holds; 0 if there is none ("max", no such file). */
static int read_number(const char *path, unsigned long long *number)
{
    FILE *file = fopen(path, "re");
    const int found = file && fscanf(file, "%llu", number) == 1;
    if (file)
        fclose(file);
    return found;
}

/* MemAvailable of /proc/meminfo, in bytes. */
static size_t system_available(void)
{
    char line[128];
    unsigned long long kibibytes;
    size_t found = oc_memory_installed();
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %llu kB", &kibibytes) == 1)
            found = (size_t)kibibytes * 1024;
    if (file)
        fclose(file);
    return found;
}

/* Limit less use of a control group's folder; SIZE_MAX without a limit. Version 2 and 1 differ
 * in the names. */
static size_t group_available(const char *folder)
{
    static const char *const names[][2] = {{"memory.max", "memory.current"},
                                           {"memory.limit_in_bytes", "memory.usage_in_bytes"}};
    for (size_t i = 0; i < 2; i++) {
        char path[1200];
        unsigned long long limit, used;
        snprintf(path, sizeof path, "%s/%s", folder, names[i][0]);
        if (!read_number(path, &limit))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, names[i][1]);
        if (read_number(path, &used))
            return limit > used ? (size_t)(limit - used) : 0;
    }
    return SIZE_MAX;
}

size_t oc_memory_available(void)
{
    char line[1024], folder[1100];
    size_t least = system_available();
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof line, file)) { /* "0::/GROUP" or "5:memory:/GROUP" */
        line[strcspn(line, "\n")] = '\0';
        const char *const memory = strstr(line, ":memory:");
        const int unified = strncmp(line, "0::", 3) == 0;
        if (!memory && !unified)
            continue;
        snprintf(folder, sizeof folder, "/sys/fs/cgroup%s%s", unified ? "" : "/memory",
                 unified ? line + 3 : memory + 8);
        const size_t here = group_available(folder);
        least = here < least ? here : least;
    }
    if (file)
        fclose(file);
    return least;
}
