/* loader_ahead.c - reading ahead from the file: two halves of memory, one being decoded while the
 * other is read, a part of it before each shard, so that no shard waits for all of it.
 *
 * Within a half samples are read in file order, neighbours that are close in one go. Only samples
 * of this rank are read, and the gaps between close ones: less than GAP_BYTES a sample. */
#include "data/loader/loader_private.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { GAP_BYTES = 16 << 10, LINE_BYTES = 256 << 10, MOST_SAMPLES = 1 << 22 };

static size_t line_bytes(const oc_work *work)
{
    return work->sample_bytes > LINE_BYTES ? work->sample_bytes : LINE_BYTES;
}

/* What one sample of a half takes. */
static size_t each_bytes(const oc_work *work)
{
    return work->sample_bytes + sizeof(uint64_t);
}

uint64_t oc_read_ahead_least(const oc_work *work)
{
    return line_bytes(work) + 2 * (uint64_t)work->largest * (each_bytes(work) + sizeof(uint32_t)) +
           4 * OC_ALIGNMENT;
}

void oc_read_ahead_plan(oc_read_ahead *reader, const oc_work *work, uint64_t bytes, oc_arena *arena,
                        size_t at[6])
{
    const uint64_t fixed = line_bytes(work) + (uint64_t)work->largest * sizeof(uint32_t);
    uint64_t room = (bytes - fixed) / 2 / each_bytes(work);
    room = room < MOST_SAMPLES ? room : MOST_SAMPLES;
    room = room < (uint64_t)work->largest ? (uint64_t)work->largest : room;
    reader->room = (size_t)room;
    reader->line_bytes = line_bytes(work);
    for (int h = 0; h < 2; h++) {
        at[h] = oc_arena_reserve_bytes(arena, (size_t)room * sizeof(uint64_t));
        at[2 + h] = oc_arena_reserve_bytes(arena, (size_t)room * work->sample_bytes);
    }
    at[4] = oc_arena_reserve_bytes(arena, reader->line_bytes);
    at[5] = oc_arena_reserve_bytes(arena, (size_t)work->largest * sizeof(uint32_t));
}

void oc_read_ahead_place(oc_read_ahead *reader, const oc_arena *arena, const size_t at[6])
{
    for (int h = 0; h < 2; h++) {
        reader->half[h].key = oc_arena_at(arena, at[h]);
        reader->half[h].stored = oc_arena_at(arena, at[2 + h]);
    }
    reader->line = oc_arena_at(arena, at[4]);
    reader->sample = oc_arena_at(arena, at[5]);
}

void oc_read_ahead_reset(oc_read_ahead *reader)
{
    for (int h = 0; h < 2; h++) {
        oc_ahead *half = &reader->half[h];
        half->items = half->samples = half->read = half->used = 0;
    }
    reader->wish = 0;
}

/* Heapsort: in place, no memory, no bad case. */
static void sift(uint64_t *key, size_t root, size_t count)
{
    const uint64_t value = key[root];
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        child += child + 1 < count && key[child + 1] > key[child];
        if (key[child] <= value)
            break;
        key[root] = key[child];
        root = child;
    }
    key[root] = value;
}

static void sort_keys(uint64_t *key, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift(key, i, count);
    for (size_t i = count; i-- > 1;) {
        const uint64_t largest = key[0];
        key[0] = key[i];
        key[i] = largest;
        sift(key, 0, i);
    }
}

static uint64_t epoch_of(const oc_work *work, const oc_cursor *cursor)
{
    return cursor->job == OC_JOB_TRAIN ? oc_work_epoch(work, cursor) : UINT64_MAX;
}

/* List the samples of the positions from `begin` on. A half begins small, so that the first shard
 * does not wait long, and ends with the epoch, behind which there is an evaluation. */
static void fill_half(oc_read_ahead *reader, const oc_work *work, oc_ahead *half,
                      const oc_cursor *begin)
{
    oc_cursor at = *begin;
    half->items = half->samples = half->read = half->used = 0;
    half->epoch = epoch_of(work, begin);
    reader->wish = reader->wish ? 2 * reader->wish : (size_t)(2 * work->largest);
    reader->wish = reader->wish < reader->room ? reader->wish : reader->room;
    while (at.job != OC_JOB_NONE && epoch_of(work, &at) == half->epoch &&
           half->samples + (size_t)work->largest <= reader->room &&
           (half->items == 0 || half->samples < reader->wish)) {
        const int n = oc_work_samples(work, &at, reader->sample);
        for (int i = 0; i < n; i++, half->samples++)
            half->key[half->samples] = (uint64_t)reader->sample[i] << 32 | half->samples;
        half->items++;
        oc_work_next(work, &at);
    }
    half->next = at;
    sort_keys(half->key, half->samples);
}

static oc_split split_of(const oc_work *work, const oc_ahead *half)
{
    return half->epoch == UINT64_MAX ? work->config.evaluate_split : OC_SPLIT_TRAIN;
}

/* Samples key[from .. to - 1] lie close: read the stretch and give each its slot. */
static oc_status read_stretch(oc_read_ahead *reader, const oc_work *work, const oc_rows *rows,
                              const oc_ahead *half, size_t from, size_t to)
{
    const size_t bytes = work->sample_bytes;
    const uint32_t first = (uint32_t)(half->key[from] >> 32);
    const uint32_t last = (uint32_t)(half->key[to - 1] >> 32);
    oc_status status = oc_rows_read(rows, first, (uint64_t)last - first + 1, reader->line);
    for (size_t i = from; !status && i < to; i++) {
        const uint32_t sample = (uint32_t)(half->key[i] >> 32), slot = (uint32_t)half->key[i];
        const unsigned char *stored = reader->line + (size_t)(sample - first) * bytes;
        status = oc_dataset_check(work->config.dataset, split_of(work, half), sample, stored);
        memcpy(half->stored + (size_t)slot * bytes, stored, bytes);
    }
    return status;
}

/* Read on until `until` samples of the half are there. */
static oc_status read_until(oc_read_ahead *reader, const oc_work *work, oc_ahead *half,
                            size_t until)
{
    const oc_rows *rows = oc_dataset_rows(work->config.dataset, split_of(work, half));
    const size_t bytes = work->sample_bytes;
    oc_status status = OC_OK;
    while (!status && half->read < until) {
        const uint64_t first = half->key[half->read] >> 32;
        uint64_t last = first;
        size_t to = half->read + 1;
        for (; to < half->samples; to++) {
            const uint64_t sample = half->key[to] >> 32;
            if (sample > last && (sample - last - 1) * bytes >= GAP_BYTES)
                break;
            if ((sample - first + 1) * bytes > reader->line_bytes)
                break;
            last = sample;
        }
        status = read_stretch(reader, work, rows, half, half->read, to);
        half->read = to;
        if (half->read == half->samples && !status)
            status = oc_rows_unchanged(rows);
    }
    return status;
}

/* The half that holds this position becomes the current one, wholly read; the other is listed. */
static oc_status turn(oc_read_ahead *reader, const oc_work *work, const oc_cursor *cursor)
{
    oc_ahead *next = &reader->half[!reader->current];
    if (next->items == 0) {
        if (epoch_of(work, cursor) != reader->half[reader->current].epoch)
            reader->wish = 0;
        fill_half(reader, work, next, cursor);
    }
    const oc_status status = read_until(reader, work, next, next->samples);
    if (status)
        return status;
    oc_ahead *after = &reader->half[reader->current];
    reader->current = !reader->current;
    after->items = after->samples = 0;
    if (next->next.job != OC_JOB_NONE && epoch_of(work, &next->next) == next->epoch)
        fill_half(reader, work, after, &next->next);
    return OC_OK;
}

oc_status oc_read_ahead_get(oc_read_ahead *reader, const oc_work *work, const oc_cursor *cursor,
                            int n, const unsigned char **stored)
{
    if (reader->half[reader->current].used == reader->half[reader->current].samples) {
        const oc_status status = turn(reader, work, cursor);
        if (status)
            return status;
    }
    oc_ahead *half = &reader->half[reader->current], *next = &reader->half[!reader->current];
    assert(half->used + (size_t)n <= half->samples);
    *stored = half->stored + half->used * work->sample_bytes;
    half->used += (size_t)n;
    /* The other half at the pace of this one. */
    const size_t due = (size_t)((double)next->samples * (double)half->used / (double)half->samples);
    return read_until(reader, work, next, due < next->samples ? due : next->samples);
}
