/* checkpoint_dir.h - the folder checkpoints/: names, rotation, and which one to load.
 *
 * step-000000100.h5 is the state after 100 steps; best.h5 a copy of the best; latest is a
 * text file with a name, only a hint. A verified checkpoint always exists after the first:
 * older files go only after the new one is committed. */
#ifndef OC_STORAGE_CHECKPOINT_DIR_H
#define OC_STORAGE_CHECKPOINT_DIR_H

#include "base/file.h"
#include "storage/checkpoint.h"

/* What a checkpoint is made of: see oc_checkpoint_save. Nothing is owned. */
typedef struct oc_checkpoint_content {
    const oc_checkpoint_info *info;
    const char *recipe;
    const oc_schema *schema;
    const oc_named_tensor *tensors;
    size_t count;
} oc_checkpoint_content;

/* Whether another checkpoint is of the same run: OC_OK, or a failure that says why not. */
typedef struct oc_checkpoint_owner {
    oc_status (*check)(const void *context, const char *path, const oc_checkpoint_info *info,
                       const char *recipe);
    const void *context;
} oc_checkpoint_owner;

/* Local. Save as DIR/step-N.h5, update `latest`, drop all but the newest `keep` (>= 1), also
 * stale temporary files; with `best` also DIR/best.h5. Makes DIR, not its parents. Only what
 * verifies as a checkpoint of this run is deleted or replaced: its seed, data and epochs agree, and
 * `owner`, if not NULL, has nothing against it. What else has such a name stays, and where it is in
 * the way is renamed to NAME.found-N, each with a warning. OC_ERR_IO. */
oc_status oc_checkpoint_dir_save(const char *folder, const oc_checkpoint_content *content,
                                 int64_t keep, int best, const oc_checkpoint_owner *owner);

/* Local. Is anything in the folder called as a checkpoint is? */
int oc_checkpoint_dir_holds_any(const char *folder);

/* Local. Remove temporary files of checkpoints: for whom holds the run's lock. */
void oc_checkpoint_dir_clean(const char *folder);

/* Local. The newest checkpoint that verifies -> path[OC_PATH_BYTES]; *skipped counts newer
 * damaged ones (each is logged as a warning). path[0] = '\0' when the folder holds none at
 * all; OC_ERR_DATA when there are some and all are damaged; OC_ERR_IO. */
oc_status oc_checkpoint_dir_latest(const char *folder, char *path, int *skipped);

#endif
