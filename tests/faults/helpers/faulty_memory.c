/* faulty_memory.c - part of `faulty`, a copy of the program: what its own code asks the C library
 * for in memory and threads comes here first (--wrap). Request $FAULT_MEMORY gets nothing; with
 * $FAULT_MEMORY_LASTS neither does any later one. At the end, and as it happens, $FAULT_REPORT says
 * how many there were. What libraries ask for is not seen. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL(type, name, ...)                                                                      \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

static const char *report;
static unsigned long at;
static int lasts;
static atomic_ulong count;

__attribute__((constructor)) static void begin(void)
{
    const char *const number = getenv("FAULT_MEMORY");
    report = number ? getenv("FAULT_REPORT") : NULL;
    at = number ? strtoul(number, NULL, 10) : 0;
    lasts = getenv("FAULT_MEMORY_LASTS") != NULL;
}

static void tell(unsigned long number, const char *call)
{
    const int file = open(report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    dprintf(file, "%lu %s\n", number, call);
    close(file);
}

__attribute__((destructor)) static void end(void)
{
    if (report && !at)
        tell(atomic_load(&count), "requests");
}

/* 1: this request gets nothing. */
static int fails(const char *call)
{
    if (!report)
        return 0;
    const unsigned long number = atomic_fetch_add(&count, 1) + 1;
    if (!at || number < at || (number > at && !lasts))
        return 0;
    if (number == at)
        tell(number, call);
    errno = ENOMEM;
    return 1;
}

CALL(void *, malloc, size_t bytes)
{
    return fails("malloc") ? NULL : __real_malloc(bytes);
}

CALL(void *, calloc, size_t number, size_t bytes)
{
    return fails("calloc") ? NULL : __real_calloc(number, bytes);
}

CALL(void *, realloc, void *old, size_t bytes)
{
    return fails("realloc") ? NULL : __real_realloc(old, bytes);
}

CALL(int, posix_memalign, void **block, size_t alignment, size_t bytes)
{
    return fails("posix_memalign") ? ENOMEM : __real_posix_memalign(block, alignment, bytes);
}

CALL(char *, strdup, const char *text)
{
    return fails("strdup") ? NULL : __real_strdup(text);
}

CALL(char *, strndup, const char *text, size_t most)
{
    return fails("strndup") ? NULL : __real_strndup(text, most);
}

CALL(FILE *, fdopen, int file, const char *mode)
{
    return fails("fdopen") ? NULL : __real_fdopen(file, mode);
}

CALL(FILE *, open_memstream, char **text, size_t *length)
{
    return fails("open_memstream") ? NULL : __real_open_memstream(text, length);
}

CALL(void *, mmap, void *where, size_t bytes, int protection, int flags, int file, off_t from)
{
    return fails("mmap") ? (void *)-1 : __real_mmap(where, bytes, protection, flags, file, from);
}

CALL(int, pthread_create, pthread_t *thread, const pthread_attr_t *attributes,
     void *(*start)(void *), void *argument)
{
    return fails("pthread_create") ? EAGAIN
                                   : __real_pthread_create(thread, attributes, start, argument);
}
