/* checkpoint_dir_private.h - what checkpoint_dir.c (which file to load) and checkpoint_keep.c
 * (saving, and deleting older ones) share: names and the list of a folder. */
#ifndef OC_STORAGE_CHECKPOINT_DIR_PRIVATE_H
#define OC_STORAGE_CHECKPOINT_DIR_PRIVATE_H

#include "storage/checkpoint_dir.h"

enum { OC_CHECKPOINT_NAME = 64 };

#define OC_CHECKPOINT_BEST "best.h5"
#define OC_CHECKPOINT_LATEST "latest"

/* The steps of the checkpoints in a folder, newest first. */
typedef struct oc_step_list {
    uint64_t *steps; /* free() */
    size_t count, capacity;
} oc_step_list;

/* Local. "step-000000100.h5" */
void oc_checkpoint_name(char name[OC_CHECKPOINT_NAME], uint64_t step);

/* Local. What is called as checkpoints are. A folder that is not there holds nothing. OC_ERR_IO. */
oc_status oc_checkpoint_scan(const char *folder, oc_step_list *list);

#endif
