/* checkpoint_guard.h - the lists of what the guard remembers, in a checkpoint file; its plain
 * numbers are attributes like the others (checkpoint.c). Not for other files. */
#ifndef OC_STORAGE_CHECKPOINT_GUARD_H
#define OC_STORAGE_CHECKPOINT_GUARD_H

#include "base/guard_record.h"
#include "storage/h5.h"

/* Local. /guard/steps and /guard/losses, where there are some. OC_ERR_INTERNAL. */
oc_status oc_checkpoint_guard_write(oc_h5 *file, const oc_guard_record *record);

/* Local. The same back, as many as the record's numbers say. OC_ERR_DATA. */
oc_status oc_checkpoint_guard_read(const oc_h5 *file, const char *path, oc_guard_record *record);

#endif
