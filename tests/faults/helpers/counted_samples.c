/* counted_samples.c - part of `faulty`, a copy of the program: $COUNT_SAMPLES gets a line for each
 * shard that training takes, "STEP EPOCH SAMPLE..." (steps from 0). $COUNT_STOP "STEP RANK SIGNAL":
 * that rank sends itself the signal when it takes its first shard of that step. */
#include "data/loader/loader.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL(type, name, ...)                                                                      \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

enum { LINE_BYTES = 4096 };

static const char *path;
static uint64_t stop_step = UINT64_MAX, step;
static int stop_signal, is_training;
static atomic_int stops;

__attribute__((constructor)) static void begin(void)
{
    const char *const stop = getenv("COUNT_STOP"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    uint64_t at;
    int who, which;
    rank = rank ? rank : getenv("PMI_RANK");
    path = getenv("COUNT_SAMPLES");
    if (stop && sscanf(stop, "%" SCNu64 " %d %d", &at, &who, &which) == 3 &&
        who == (rank ? atoi(rank) : 0)) {
        stop_step = at;
        stop_signal = which;
        atomic_store(&stops, 1);
    }
}

CALL(void, oc_loader_train, oc_loader *loader, uint64_t at)
{
    step = at;
    is_training = 1;
    __real_oc_loader_train(loader, at);
}

CALL(void, oc_loader_evaluate, oc_loader *loader)
{
    is_training = 0;
    __real_oc_loader_evaluate(loader);
}

/* A line is written at once, so those of several ranks do not mix. */
static void count(const oc_batch *batch)
{
    char line[LINE_BYTES];
    size_t length = (size_t)snprintf(line, sizeof line, "%" PRIu64 " %" PRIu32, step, batch->epoch);
    for (int i = 0; i < batch->n; i++) {
        if (length + 16 > sizeof line)
            abort();
        length += (size_t)snprintf(line + length, 16, " %" PRIu32, batch->sample[i]);
    }
    line[length++] = '\n';
    const int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0 || write(file, line, length) != (ssize_t)length)
        abort();
    close(file);
}

CALL(oc_status, oc_loader_take, oc_loader *loader, int worker, oc_batch *batch)
{
    if (is_training && step == stop_step && atomic_exchange(&stops, 0))
        kill(getpid(), stop_signal);
    const oc_status status = __real_oc_loader_take(loader, worker, batch);
    if (path && is_training && status == OC_OK)
        count(batch);
    return status;
}
