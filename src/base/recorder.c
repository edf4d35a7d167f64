/* recorder.c - see recorder.h. A ring in which each event has a turn of its own, by which a reader
 * knows what was written while it read. Only when a thread is held up in the middle of a note until
 * 64 others are made may that event mix two; its text is whole all the same. */
#include "base/recorder.h"

#include "base/clock.h"

#include <stdatomic.h>

void oc_recorder_note(oc_recorder *r, oc_record_kind kind, const char *what, uint64_t number)
{
    if (!r)
        return;
    const uint64_t n = atomic_fetch_add_explicit(&r->next, 1, memory_order_relaxed);
    const size_t i = n % OC_RECORDER_EVENTS;
    atomic_store_explicit(&r->event[i].turn, 2 * n + 1, memory_order_relaxed);
    /* Released, so that who sees one of these sees that turn, or a later one. */
    atomic_store_explicit(&r->event[i].seconds, oc_seconds(), memory_order_release);
    atomic_store_explicit(&r->event[i].what, what, memory_order_release);
    atomic_store_explicit(&r->event[i].number, number, memory_order_release);
    atomic_store_explicit(&r->event[i].turn, 2 * n + 2, memory_order_release);
    atomic_store_explicit(&r->last[kind].number, number, memory_order_relaxed);
    atomic_store_explicit(&r->last[kind].what, what, memory_order_release);
}

size_t oc_recorder_read(const oc_recorder *r, oc_recorded events[OC_RECORDER_EVENTS])
{
    const uint64_t end = atomic_load(&r->next);
    size_t count = 0;
    for (uint64_t n = end > OC_RECORDER_EVENTS ? end - OC_RECORDER_EVENTS : 0; n < end; n++) {
        const size_t i = n % OC_RECORDER_EVENTS;
        if (atomic_load_explicit(&r->event[i].turn, memory_order_acquire) != 2 * n + 2)
            continue;
        const oc_recorded event = {
            .seconds = atomic_load_explicit(&r->event[i].seconds, memory_order_acquire),
            .what = atomic_load_explicit(&r->event[i].what, memory_order_acquire),
            .number = atomic_load_explicit(&r->event[i].number, memory_order_acquire)};
        if (atomic_load_explicit(&r->event[i].turn, memory_order_relaxed) == 2 * n + 2)
            events[count++] = event;
    }
    return count;
}

oc_recorded oc_recorder_last(const oc_recorder *r, oc_record_kind kind)
{
    return (oc_recorded){.what = atomic_load_explicit(&r->last[kind].what, memory_order_acquire),
                         .number =
                             atomic_load_explicit(&r->last[kind].number, memory_order_relaxed)};
}
