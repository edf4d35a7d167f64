/* arena.h - one block of memory, planned first and committed once.
 *
 * Plan: reserve() everything the worst case needs and keep the offsets. Commit:
 * one aligned, zeroed allocation. Afterwards views are taken by offset and nothing
 * is ever allocated or freed one by one. */
#ifndef OC_BASE_ARENA_H
#define OC_BASE_ARENA_H

#include "base/status.h"

#include <stddef.h>

enum { OC_ALIGNMENT = 64 }; /* bytes: a cache line, and the widest vector */

typedef struct oc_arena {
    unsigned char *base; /* NULL until committed */
    size_t planned;      /* bytes reserved so far */
    size_t size;         /* bytes committed; 0 until then */
} oc_arena;

/* Local. Reserve `count` floats, aligned to OC_ALIGNMENT; returns the offset in bytes.
 * Overflow is remembered and reported by oc_arena_commit. */
size_t oc_arena_reserve(oc_arena *arena, size_t count_of_floats);

/* Local. Reserve raw bytes, likewise aligned. */
size_t oc_arena_reserve_bytes(oc_arena *arena, size_t bytes);

/* Local. Allocate what was planned, zeroed; `what` names it in a message. OC_ERR_USAGE if this and
 * all other arenas of the process are larger than the machine's memory, or the plan overflowed;
 * OC_ERR_MEMORY if memory is short. */
oc_status oc_arena_commit(oc_arena *arena, const char *what);

/* Local. The memory at an offset that a reserve call returned. */
float *oc_arena_floats(const oc_arena *arena, size_t offset);
void *oc_arena_at(const oc_arena *arena, size_t offset);

/* Local. Release the block; safe on a zeroed arena. */
void oc_arena_free(oc_arena *arena);

#endif
