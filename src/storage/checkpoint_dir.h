/* checkpoint_dir.h - the folder checkpoints/: names, rotation, and which one to load.
 *
 * step-000000100.h5 is the state after 100 steps; best.h5 a copy of the best; latest is a
 * text file with a name, only a hint. A verified checkpoint always exists after the first:
 * older files go only after the new one is committed. */
#ifndef OC_STORAGE_CHECKPOINT_DIR_H
#define OC_STORAGE_CHECKPOINT_DIR_H

#include "base/file.h"
#include "storage/checkpoint.h"

/* Local. Save as DIR/step-N.h5, update `latest`, drop all but the newest `keep` (>= 1), also
 * stale temporary files; with `best` also DIR/best.h5. OC_ERR_IO. */
oc_status oc_checkpoint_dir_save(const char *folder, const oc_checkpoint_info *info,
                                 const char *recipe, const oc_schema *schema,
                                 const oc_named_tensor *tensors, size_t count, int64_t keep,
                                 int best);

/* Local. The newest checkpoint that verifies -> path[OC_PATH_BYTES]; *skipped counts newer
 * damaged ones (each is logged as a warning). path[0] = '\0' when the folder holds none at
 * all; OC_ERR_DATA when there are some and all are damaged; OC_ERR_IO. */
oc_status oc_checkpoint_dir_latest(const char *folder, char *path, int *skipped);

#endif
