/* api.h - what the files of the public library (include/onecycle/onecycle.h) share. They only
 * translate: arguments are checked, statuses become the public ones, and what is done is done by
 * the rooms below. */
#ifndef OC_API_API_H
#define OC_API_API_H

#include "data/dataset/dataset.h"
#include "job/job.h"
#include "onecycle/onecycle.h"
#include "recipe/recipe.h"
#include "run/predictor.h"
#include "run/tensor_list.h"

struct onecycle_job {
    oc_job job;
};

/* A text and what was set in it; what it becomes depends on where the samples come from. */
struct onecycle_recipe {
    char *text;
    size_t length;
    char *name;   /* of the file, for messages */
    char *folder; /* where relative paths start */
    char **set;   /* (sets) "key=value" */
    size_t sets;
    int is_file; /* `name` can be read again */
};

struct onecycle_data {
    char *path;               /* absolute; NULL: arrays */
    oc_dataset_arrays arrays; /* kind, as_is and targets_as_is are the recipe's to say */
};

struct onecycle_model {
    oc_predictor predictor;
    oc_checkpoint_info info;
    char *recipe;        /* resolved, as checkpoints hold it */
    oc_tensor_list list; /* of the predictor's parameters and state */
};

/* Local. The public status of one of ours, and back; what is no status is OC_ERR_INTERNAL. */
onecycle_status oc_api_status(oc_status status);
oc_status oc_api_status_from(onecycle_status status);

/* Local. OC_ERR_USAGE if a call was given NULL where it needs something. */
oc_status oc_api_need(const void *argument, const char *call, const char *name);

/* Local. "FOLDER/path", FOLDER being the current one, unless `path` is absolute -> *absolute, freed
 * by the caller with free(). OC_ERR_IO, OC_ERR_MEMORY. */
oc_status oc_api_absolute(char **absolute, const char *path);

/* Local. The checked recipe for these data: from arrays or a file in place of its data.file, or
 * with NULL as it stands. OC_ERR_USAGE, OC_ERR_IO. */
oc_status oc_api_resolve(oc_recipe *resolved, const onecycle_recipe *recipe,
                         const onecycle_data *data);

/* Local. The arrays as a data set for that recipe. OC_ERR_DATA, OC_ERR_MEMORY. */
oc_status oc_api_open_arrays(oc_dataset **dataset, const onecycle_data *data,
                             const oc_recipe *recipe);

/* Local. The trained network of a run as it is now. OC_ERR_MEMORY, OC_ERR_INTERNAL. */
oc_status oc_api_model_of_run(onecycle_model **model, const oc_run *run);

#endif
