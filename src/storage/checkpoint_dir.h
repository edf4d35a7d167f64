/* checkpoint_dir.h - the folder checkpoints/: names, rotation, and which one to load.
 *
 * step-000000100.h5 is the state after 100 steps; best.h5 a copy of the best; latest is a
 * text file with a name, only a hint. A verified checkpoint always exists after the first:
 * older files go only after the new one is committed. */
#ifndef OC_STORAGE_CHECKPOINT_DIR_H
#define OC_STORAGE_CHECKPOINT_DIR_H

#include "base/file.h"
#include "storage/checkpoint.h"

enum { OC_CHECKPOINT_WARNINGS = 4096 };

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

/* Which checkpoints stay beside the one that is saved. */
typedef struct oc_checkpoint_keep {
    int64_t newest; /* this many, it included; at least 1 */
    int64_t every;  /* and each so many-th of the run; 0: none */
} oc_checkpoint_keep;

/* A checkpoint that is to be written, and what became of it. Both halves of a save share it: the
 * first needs the run and HDF5, the second neither, so another thread may do it. */
typedef struct oc_checkpoint_job {
    char folder[OC_PATH_BYTES];
    oc_checkpoint_info info;
    oc_file_image image;
    oc_checkpoint_keep keep;
    int best;
    int strangers; /* files are in the folder of which nobody has looked whose they are */
    char warnings[OC_CHECKPOINT_WARNINGS]; /* for the log, a line each */
} oc_checkpoint_job;

/* Local. The first half of saving a checkpoint: the file in memory, and a look at what the
 * second half will replace or delete, as far as it is not known (`look`; job->strangers says
 * whether the next time must look again). Enters HDF5. Release with oc_checkpoint_job_free, also
 * after a failure. OC_ERR_MEMORY, OC_ERR_IO. */
oc_status oc_checkpoint_dir_build(oc_checkpoint_job *job, const char *folder,
                                  const oc_checkpoint_content *content,
                                  const oc_checkpoint_keep *keep, int best,
                                  const oc_checkpoint_owner *owner, int look);

/* Local. The second half: write DIR/step-N.h5, update `latest`, drop all that are not to be kept,
 * also stale temporary files; with `best` also DIR/best.h5. Makes DIR, not its parents. Only what
 * verifies as a checkpoint of this run is deleted or replaced: its seed, data and epochs agree, and
 * `owner`, if not NULL, has nothing against it. What else has such a name stays, as does what has
 * appeared since; where it is in the way it is renamed to NAME.found-N, with a warning. Any
 * thread, one at a time; neither HDF5 nor the log is entered. OC_ERR_IO. */
oc_status oc_checkpoint_dir_write(oc_checkpoint_job *job);
void oc_checkpoint_job_free(oc_checkpoint_job *job);

/* Local. Its warnings into the log. */
void oc_checkpoint_job_tell(oc_checkpoint_job *job);

/* Local. Is anything in the folder called as a checkpoint is? */
int oc_checkpoint_dir_holds_any(const char *folder);

/* Local. The step of the newest checkpoint, by its name: what is in it is for a resume to judge. 0
 * without any. */
uint64_t oc_checkpoint_dir_newest(const char *folder);

/* Local. Remove temporary files of checkpoints: for whom holds the run's lock. */
void oc_checkpoint_dir_clean(const char *folder);

/* Local. The newest checkpoint that verifies -> path[OC_PATH_BYTES]; *skipped counts newer
 * damaged ones (each is logged as a warning). path[0] = '\0' when the folder holds none at
 * all; OC_ERR_DATA when there are some and all are damaged; OC_ERR_IO. */
oc_status oc_checkpoint_dir_latest(const char *folder, char *path, int *skipped);

/* Local. The same where the caller says whether a file verifies, with a message if not. */
oc_status oc_checkpoint_dir_latest_by(const char *folder, char *path, int *skipped,
                                      oc_status (*check)(void *context, const char *path),
                                      void *context);

#endif
