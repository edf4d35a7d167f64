/* dataset_write.h - what every importer shares: writing a data set file (docs/FORMATS.md) from
 * samples handed over in order, with the statistics of the training images. The file may be
 * larger than memory; it appears, whole, when oc_dataset_writer_finish succeeds. */
#ifndef OC_DATA_DATASET_DATASET_WRITE_H
#define OC_DATA_DATASET_DATASET_WRITE_H

#include "base/status.h"
#include "data/dataset/dataset.h"

#include <stddef.h>
#include <stdint.h>

enum { OC_DATASET_MAX_SOURCE = 1023 }; /* bytes of `source` */

/* Who wants to know how an import goes; functions may be NULL. */
typedef struct oc_import_listener {
    /* `samples` so far; `done` of `total` of the work (bytes read or samples written; 0 of 0 where
     * that is not known). */
    void (*progress)(void *user, uint64_t samples, uint64_t done, uint64_t total);
    /* Something that was not taken. Names are bytes from outside. */
    void (*skipped)(void *user, const char *name, const char *why);
    void *user;
} oc_import_listener;

/* How the numbers of a sample are stored. */
typedef enum oc_stored {
    OC_STORED_UINT8,
    OC_STORED_UINT16,
    OC_STORED_FLOAT32,
    OC_STORED_FLOAT64
} oc_stored;

/* What is known before the first sample. */
typedef struct oc_dataset_plan {
    const oc_schema *schema; /* without statistics; borrowed until the writer is gone */
    oc_stored stored;
    uint64_t samples[OC_SPLIT_COUNT]; /* 0: no such split */
    const char *source;               /* where they come from, for people */
    oc_import_listener listener;      /* told of samples as they are written */
} oc_dataset_plan;

/* Local. Bytes of one stored number. */
size_t oc_stored_bytes(oc_stored stored);

typedef struct oc_dataset_writer oc_dataset_writer;

/* Local. Are the extents (storage/extents.h) and numbers of samples within the limits, and are
 * there training samples? `path` names
 * the file in the message. OC_ERR_DATA. */
oc_status oc_dataset_check_extents(const char *path, uint64_t channels, uint64_t height,
                                   uint64_t width, uint64_t classes,
                                   const uint64_t samples[OC_SPLIT_COUNT]);

/* Local. Begin `path`. OC_ERR_DATA beyond the limits, OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_dataset_writer_create(oc_dataset_writer **writer, const oc_dataset_plan *plan,
                                   const char *path);

/* Local. The next `n` samples of a split: images (n, C, H, W) as planned, labels (n).
 * OC_ERR_DATA for a label out of range, a value that is not finite or too many samples. */
oc_status oc_dataset_writer_add(oc_dataset_writer *writer, oc_split split, const void *images,
                                const int32_t *labels, size_t n);

/* Local. The same with targets (n, targets), where the plan's kind is not classes. OC_ERR_DATA also
 * for one that is not finite, or of multi-label neither 0 nor 1. */
oc_status oc_dataset_writer_add_targets(oc_dataset_writer *writer, oc_split split,
                                        const void *images, const double *targets, size_t n);

/* Local. Check that all came, write. The writer is gone whatever happens. OC_ERR_IO,
 * OC_ERR_INTERNAL; OC_ERR_DATA when samples are missing. */
oc_status oc_dataset_writer_finish(oc_dataset_writer *writer);

/* Local. Give up; nothing is left on disk. NULL-safe. */
void oc_dataset_writer_discard(oc_dataset_writer *writer);

#endif
