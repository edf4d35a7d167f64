/* datasets.c - see datasets.h. */
#include "tests/datasets.h"

#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

oc_status oc_open_in_steps(oc_opened *o, const oc_dataset_source *source, int with_images)
{
    memset(o, 0, sizeof *o);
    oc_status status = oc_dataset_attach(&o->dataset, source);
    if (status)
        return status;
    const oc_dataset_info *info = oc_dataset_describe(o->dataset);
    o->train.count = (uint32_t)info->samples[OC_SPLIT_TRAIN];
    o->evaluate.count = (uint32_t)info->samples[OC_SPLIT_TEST];
    const size_t count = oc_dataset_survey_count(o->dataset);
    double *sums = calloc(count + 1, sizeof *sums);
    o->memory = malloc((size_t)oc_dataset_bytes(o->dataset, with_images));
    if (!sums || !o->memory)
        status = oc_fail(OC_ERR_INTERNAL, "no memory");
    else
        oc_dataset_place(o->dataset, o->memory, with_images);
    for (int part = 0; !status && part < 3; part++) /* as three ranks of a node would */
        status = oc_dataset_fill(o->dataset, part, 3);
    if (!status)
        status = oc_dataset_survey(o->dataset, 0, 1, sums);
    if (!status)
        status = oc_dataset_ready(o->dataset, sums);
    free(sums);
    return status;
}

void oc_opened_close(oc_opened *opened)
{
    oc_dataset_close(opened->dataset);
    free(opened->memory);
}

oc_status oc_open_and_close(const char *path)
{
    oc_dataset *dataset;
    const oc_status status = oc_dataset_open(&dataset, path);
    CU_ASSERT_EQUAL(status == OC_OK, dataset != NULL);
    if (status)
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), path));
    oc_dataset_close(dataset);
    return status;
}
