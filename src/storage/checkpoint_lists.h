/* checkpoint_lists.h - lists of numbers in a checkpoint file: what the guard remembers, and the
 * units of gradients. Plain numbers are attributes (checkpoint.c), how long the lists are too. Not
 * for other files. */
#ifndef OC_STORAGE_CHECKPOINT_LISTS_H
#define OC_STORAGE_CHECKPOINT_LISTS_H

#include "storage/checkpoint.h"
#include "storage/h5.h"

/* Local. /guard/steps, /guard/losses and /gradient_units, where there are some. OC_ERR_INTERNAL. */
oc_status oc_checkpoint_lists_write(oc_h5 *file, const oc_checkpoint_info *info);

/* Local. The same back, as many as the info's numbers say. OC_ERR_DATA. */
oc_status oc_checkpoint_lists_read(const oc_h5 *file, const char *path, oc_checkpoint_info *info);

#endif
