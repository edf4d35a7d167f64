/* initial_weights.h - the weights that a run begins with when its recipe names a file (train.init).
 * Inside train/ only. What a resume has to know of it is the file's digest, in oc_checkpoint_info.
 */
#ifndef OC_RUN_INITIAL_WEIGHTS_H
#define OC_RUN_INITIAL_WEIGHTS_H

#include "run/run.h"
#include "run/tensor_list.h"
#include "run/weights_file.h"

/* A file on its way into a run; rank 0's. */
typedef struct oc_init {
    oc_run *run;
    char path[OC_PATH_BYTES]; /* the file: of a run directory its newest checkpoint */
    oc_weights_file file;
    oc_tensor_list list; /* the run's parameters and state */
    size_t *source;      /* of each its number in the file, or OC_INIT_NONE */
    char *used;          /* of each of the file's: it has a place in the model */
    int names;           /* oc_init_names, but not auto */
    int head_is_new;     /* the last layer with parameters begins at random */
    int *row;            /* class (or target) i of the data is number row[i] in the file; NULL: i */
} oc_init;

#define OC_INIT_NONE SIZE_MAX

/* Local. Does tensor i of the list belong to the last layer with parameters? */
int oc_init_is_head(const oc_init *init, size_t i);

/* Local. May the last layer come from the file? Sets head_is_new and row. OC_ERR_IO, OC_ERR_DATA,
 * OC_ERR_INTERNAL. */
oc_status oc_init_choose_head(oc_init *init);

/* Local. The rows of the last layer into the order of the data's classes, if it is another. */
oc_status oc_init_order_head(oc_init *init);

/* Local. A line for the log of the run. */
void oc_init_note(oc_init *init, const char *format, ...) OC_PRINTF(2, 3);

/* Local, rank 0. The file that train.init stands for. path[OC_PATH_BYTES]. OC_ERR_IO, OC_ERR_DATA.
 */
oc_status oc_init_find(const oc_run *run, char *path);

/* Collective. The numbers of a rank to all: parameters, state, and `slots` blocks of the optimiser.
 */
oc_status oc_run_share_numbers(oc_run *run, int slots, int from);

#endif
