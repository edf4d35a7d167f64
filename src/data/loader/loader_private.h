/* loader_private.h - what loader.c (thread and rings), loader_memory.c, loader_work.c (which
 * samples, in which order) and loader_ahead.c (reading them from the file) share. */
#ifndef OC_DATA_LOADER_LOADER_PRIVATE_H
#define OC_DATA_LOADER_LOADER_PRIVATE_H

#include "base/arena.h"
#include "data/loader/loader.h"

#include <pthread.h>

typedef enum oc_loader_job { OC_JOB_NONE, OC_JOB_TRAIN, OC_JOB_EVALUATE } oc_loader_job;

/* A position in a job: workers are served in turn, round after round; after the last round of a
 * training step comes the next step. */
typedef struct oc_cursor {
    oc_loader_job job; /* OC_JOB_NONE: at the end */
    uint64_t step;
    int64_t round;
    int worker;
} oc_cursor;

/* Samples read together: those of some positions in a row. */
typedef struct oc_ahead {
    oc_cursor next;        /* the position behind it */
    size_t items;          /* positions it holds */
    size_t samples;        /* of all its positions, at most `room` of the reader */
    size_t read;           /* of its samples, in file order */
    size_t used;           /* of its samples, decoded */
    uint64_t *key;         /* (room) sample << 32 | slot, in file order */
    unsigned char *stored; /* (room, sample bytes), by slot: in order of use */
    uint64_t epoch;        /* of all its samples; UINT64_MAX: of an evaluation */
} oc_ahead;

typedef struct oc_read_ahead {
    oc_ahead half[2];
    int current;         /* the half that is being decoded */
    size_t room;         /* samples of a half */
    size_t wish;         /* samples the next half shall have; grows from little to `room` */
    unsigned char *line; /* (line_bytes) a stretch of the file */
    size_t line_bytes;
    uint32_t *sample; /* (largest) */
} oc_read_ahead;

typedef struct oc_work {
    oc_loader_config config;
    oc_worker_range *train, *evaluate;
    size_t sample_bytes, values;
    int64_t images;  /* at most, of a shard or chunk */
    int64_t largest; /* samples read for it at most: mixup takes two for an image */
} oc_work;

/* The buffers of one worker. */
typedef struct oc_loader_ring {
    oc_batch *slot; /* (depth) */
    uint64_t made, taken, given_back;
    pthread_cond_t ready;
} oc_loader_ring;

struct oc_loader {
    oc_work work;
    oc_read_ahead reader;
    int streaming, depth;
    oc_arena arena;
    oc_loader_ring *rings;  /* (workers) */
    float *spare, *partner; /* (C, H, W) each: to change images in */
    size_t targets;         /* of a sample; 0: it has a label */
    float *partner_targets; /* (targets) */
    pthread_t thread;
    int started;

    pthread_mutex_t mutex; /* guards all below, and the rings' counts */
    pthread_cond_t room;   /* there is a free buffer, a new job, or no more to do */
    uint64_t asked, begun; /* jobs asked for; the one the thread is at */
    oc_loader_job job;
    uint64_t job_step, next_step; /* training: the job's first step; the next one to be taken */
    int quit;
    oc_status failure;
    char message[1024];
};

/* loader_memory.c */

/* Local. Plan and take the memory of a loader whose work is known. OC_ERR_USAGE when data.memory is
 * too small to read ahead, OC_ERR_MEMORY. */
oc_status oc_loader_allocate(oc_loader *loader);

/* loader_work.c */

/* Local. The first position of a job with something to do at or behind `cursor`. */
oc_cursor oc_work_begin(const oc_work *work, oc_loader_job job, uint64_t step);
void oc_work_next(const oc_work *work, oc_cursor *cursor);

/* Local. The samples read for a position -> sample (at most `largest`); how many; its split, epoch.
 */
int oc_work_samples(const oc_work *work, const oc_cursor *cursor, uint32_t *sample);
oc_split oc_work_split(const oc_work *work, const oc_cursor *cursor);
uint32_t oc_work_epoch(const oc_work *work, const oc_cursor *cursor);

/* Local. Does a position's shard mix samples? Its n images are its first n samples then, the n
 * behind them their partners. And with how much of its own image i. */
int oc_work_is_mixed(const oc_work *work, const oc_cursor *cursor);
float oc_work_share(const oc_work *work, const oc_cursor *cursor, int i);

/* Local. One sample as stored -> what the network is given; `spare` is as large as an image.
 * Everything that is done to a sample alone happens here, in the loader's thread: a pure function
 * of its arguments. */
void oc_work_prepare(const oc_work *work, const oc_cursor *cursor, uint32_t sample,
                     const void *stored, float *image, float *spare);

/* loader_ahead.c */

/* Local. Bytes that reading ahead needs at least; plan for at most `bytes`, in the arena; take the
 * committed memory. */
uint64_t oc_read_ahead_least(const oc_work *work);
void oc_read_ahead_plan(oc_read_ahead *reader, const oc_work *work, uint64_t bytes, oc_arena *arena,
                        size_t at[6]);
void oc_read_ahead_place(oc_read_ahead *reader, const oc_arena *arena, const size_t at[6]);

/* Local. Nothing is read any more. */
void oc_read_ahead_reset(oc_read_ahead *reader);

/* Local. The stored samples of a position, one behind another -> *stored; reads on in between. */
oc_status oc_read_ahead_get(oc_read_ahead *reader, const oc_work *work, const oc_cursor *cursor,
                            int n, const unsigned char **stored);

#endif
