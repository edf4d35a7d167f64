/* api_data.c - where samples come from: see onecycle.h. */
#include "api/api.h"
#include "storage/extents.h"

#include <stdlib.h>

static const char call[] = "onecycle_data_from_arrays";

static oc_status new_data(onecycle_data **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? OC_OK : oc_fail(OC_ERR_MEMORY, "data: no memory");
}

onecycle_status onecycle_data_from_file(onecycle_data **data, const char *path)
{
    oc_status status = oc_api_need(data, "onecycle_data_from_file", "data");
    if (status != OC_OK)
        return oc_api_status(status);
    *data = NULL;
    status = oc_api_need(path, "onecycle_data_from_file", "path");
    if (status == OC_OK)
        status = new_data(data);
    if (status == OC_OK)
        status = oc_api_absolute(&(*data)->path, path);
    if (status != OC_OK) {
        onecycle_data_free(*data);
        *data = NULL;
    }
    return oc_api_status(status);
}

static oc_status check_arrays(const onecycle_arrays *arrays, const onecycle_arrays *train,
                              const char *split)
{
    if (arrays->samples == 0)
        return oc_fail(OC_ERR_USAGE, "%s: %s: found no samples, expected at least one", call,
                       split);
    if (!arrays->inputs)
        return oc_fail(OC_ERR_USAGE, "%s: %s.inputs: found NULL", call, split);
    if ((arrays->labels != NULL) == (arrays->targets != NULL))
        return oc_fail(OC_ERR_USAGE, "%s: %s: found %s, expected labels or targets", call, split,
                       arrays->labels ? "both labels and targets" : "neither labels nor targets");
    if ((arrays->labels != NULL) != (train->labels != NULL))
        return oc_fail(OC_ERR_USAGE, "%s: %s: found %s, expected %s as in train", call, split,
                       arrays->labels ? "labels" : "targets", train->labels ? "labels" : "targets");
    return OC_OK;
}

static void take(oc_dataset_arrays *to, oc_split split, const onecycle_arrays *from)
{
    to->split[split].samples = from->samples;
    to->split[split].inputs = from->inputs;
    to->split[split].labels = from->labels;
    to->split[split].targets = from->targets;
}

static oc_status check_sizes(const int shape[3], int outputs)
{
    if (shape[0] < 1 || shape[1] < 1 || shape[2] < 1 || outputs < 1)
        return oc_fail(OC_ERR_USAGE,
                       "%s: found samples of {%d, %d, %d} with %d outputs, expected numbers from 1",
                       call, shape[0], shape[1], shape[2], outputs);
    return oc_extents_check(call, (uint64_t)shape[0], (uint64_t)shape[1], (uint64_t)shape[2],
                            (uint64_t)outputs);
}

static oc_status from_arrays(onecycle_data **data, const int shape[3], int outputs,
                             const onecycle_arrays *train, const onecycle_arrays *test)
{
    oc_status status = oc_api_need(shape, call, "shape");
    if (status == OC_OK)
        status = oc_api_need(train, call, "train");
    if (status == OC_OK)
        status = check_sizes(shape, outputs);
    if (status == OC_OK)
        status = check_arrays(train, train, "train");
    if (status == OC_OK && test)
        status = check_arrays(test, train, "test");
    if (status == OC_OK)
        status = new_data(data);
    if (status != OC_OK)
        return status;
    oc_dataset_arrays *const arrays = &(*data)->arrays;
    *arrays = (oc_dataset_arrays){
        .channels = shape[0], .height = shape[1], .width = shape[2], .outputs = outputs};
    take(arrays, OC_SPLIT_TRAIN, train);
    if (test)
        take(arrays, OC_SPLIT_TEST, test);
    return OC_OK;
}

onecycle_status onecycle_data_from_arrays(onecycle_data **data, const int shape[3], int outputs,
                                          const onecycle_arrays *train, const onecycle_arrays *test)
{
    const oc_status status = oc_api_need(data, call, "data");
    if (status != OC_OK)
        return oc_api_status(status);
    *data = NULL;
    return oc_api_status(from_arrays(data, shape, outputs, train, test));
}

oc_status oc_api_open_arrays(oc_dataset **dataset, const onecycle_data *data,
                             const oc_recipe *recipe)
{
    oc_dataset_arrays arrays = data->arrays;
    const int several = recipe->loss.kind == OC_LOSS_BINARY_CROSS_ENTROPY;
    arrays.kind = arrays.split[OC_SPLIT_TRAIN].labels ? OC_TARGETS_CLASSES
                  : several                           ? OC_TARGETS_MULTI_LABEL
                                                      : OC_TARGETS_REGRESSION;
    arrays.as_is = recipe->data.normalise == OC_NORMALISE_NONE;
    arrays.targets_as_is = !recipe->data.normalise_targets;
    return oc_dataset_borrow(dataset, &arrays);
}

void onecycle_data_free(onecycle_data *data)
{
    if (!data)
        return;
    free(data->path);
    free(data);
}
