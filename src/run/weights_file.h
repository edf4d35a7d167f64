/* weights_file.h - tensors by name in any file that may hold weights: a checkpoint (its parameters
 * and running statistics), an .npz archive, a .safetensors file. Which it is, its first bytes say,
 * not its name. */
#ifndef OC_RUN_WEIGHTS_FILE_H
#define OC_RUN_WEIGHTS_FILE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { OC_WEIGHT_NAME = 160, OC_WEIGHT_DIMS = 8 };

typedef enum oc_weights_kind {
    OC_WEIGHTS_CHECKPOINT,
    OC_WEIGHTS_NPZ,
    OC_WEIGHTS_SAFETENSORS
} oc_weights_kind;

typedef struct oc_weight {
    char name[OC_WEIGHT_NAME]; /* "conv1.weight" */
    int rank;                  /* 0 to OC_WEIGHT_DIMS */
    uint64_t extent[OC_WEIGHT_DIMS];
    uint64_t elements;
    size_t place; /* in the file's own list */
    int is_state; /* of a checkpoint: running statistics */
} oc_weight;

typedef struct oc_weights_file {
    oc_weights_kind kind;
    const char *path; /* not owned */
    oc_weight *weight;
    size_t count, room;
    void *open; /* the reader's own */
} oc_weights_file;

/* Local. What kind it is by its first bytes, or can only be; *is_known: they are of that kind.
 * OC_ERR_IO; OC_ERR_DATA: a kind that is not read. */
oc_status oc_weights_identify(const char *path, oc_weights_kind *kind, int *is_known);

/* Local. List the tensors; `path` must stay. OC_ERR_IO, OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_weights_open(oc_weights_file *file, const char *path);
void oc_weights_close(oc_weights_file *file); /* safe on a zeroed one */

/* Local. The tensors with these numbers, as floats: to[i] has room for the elements of
 * index[i]. OC_ERR_IO, OC_ERR_DATA (a type that holds no weights, damage). */
oc_status oc_weights_read(oc_weights_file *file, const size_t *index, float *const *to,
                          size_t count);

#endif
