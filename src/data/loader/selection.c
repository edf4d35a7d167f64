/* selection.c - see selection.h. */
#include "data/loader/selection.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int oc_selection_is_validation(uint32_t sample, double share)
{
    const oc_random_key key = oc_random_make_key(0, OC_PURPOSE_VALIDATION, 0);
    return (double)oc_random_at(key, sample, 0, 0, 0).word[0] < share * 4294967296.0;
}

static int belongs(const oc_selection_config *config, uint32_t sample)
{
    return config->subset == OC_SUBSET_ALL ||
           oc_selection_is_validation(sample, config->validation) ==
               (config->subset == OC_SUBSET_VALIDATION);
}

static oc_status list_samples(oc_selection *selection, const oc_selection_config *config,
                              uint32_t samples)
{
    selection->count = 0;
    for (uint32_t i = 0; i < samples; i++)
        selection->count += (uint32_t)belongs(config, i);
    if (selection->count == 0)
        return oc_fail(OC_ERR_USAGE, "data.validation: %g of %" PRIu32 " samples leaves none %s",
                       config->validation, samples,
                       config->subset == OC_SUBSET_VALIDATION ? "for validation" : "to train");
    selection->sample = malloc((size_t)selection->count * sizeof *selection->sample);
    if (!selection->sample)
        return oc_fail(OC_ERR_MEMORY, "no memory for a list of %" PRIu32 " samples",
                       selection->count);
    for (uint32_t i = 0, to = 0; i < samples; i++)
        if (belongs(config, i))
            selection->sample[to++] = i;
    return OC_OK;
}

/* The list by class, in order within each; classes without samples are left out. */
static oc_status sort_by_class(oc_selection *selection, const oc_selection_config *config,
                               const int32_t *labels)
{
    const size_t classes = (size_t)config->classes;
    uint32_t *sorted = malloc((size_t)selection->count * sizeof *sorted);
    uint32_t *at = calloc(classes + 1, sizeof *at);
    uint32_t *begin = calloc(classes + 1, sizeof *begin);
    uint64_t largest = 0;
    if (!sorted || !at || !begin) {
        free(sorted);
        free(at);
        free(begin);
        return oc_fail(OC_ERR_MEMORY, "no memory to balance %zu classes", classes);
    }
    for (uint32_t i = 0; i < selection->count; i++)
        at[labels[selection->sample[i]] + 1]++;
    for (size_t c = 0; c < classes; c++) {
        largest = at[c + 1] > largest ? at[c + 1] : largest;
        if (at[c + 1] > 0)
            begin[++selection->classes] = at[c] + at[c + 1];
        at[c + 1] += at[c];
    }
    for (uint32_t i = 0; i < selection->count; i++)
        sorted[at[labels[selection->sample[i]]]++] = selection->sample[i];
    free(at);
    free(selection->sample);
    selection->sample = sorted;
    selection->begin = begin;
    if (largest * selection->classes > UINT32_MAX)
        return oc_fail(OC_ERR_USAGE,
                       "data.balance: %" PRIu32 " classes of %" PRIu64
                       " samples each are more than 2^32 - 1",
                       selection->classes, largest);
    selection->count = (uint32_t)(largest * selection->classes);
    return OC_OK;
}

oc_status oc_selection_create(oc_selection *selection, const oc_selection_config *config,
                              const int32_t *labels, uint32_t samples)
{
    *selection = (oc_selection){.count = samples};
    if (config->subset == OC_SUBSET_ALL && !config->balance)
        return OC_OK;
    oc_status status = list_samples(selection, config, samples);
    if (!status && config->balance)
        status = sort_by_class(selection, config, labels);
    if (status)
        oc_selection_free(selection);
    return status;
}

void oc_selection_free(oc_selection *selection)
{
    free(selection->sample);
    free(selection->begin);
    memset(selection, 0, sizeof *selection);
}

uint32_t oc_selection_at(const oc_selection *selection, uint32_t epoch, uint32_t index)
{
    if (selection->classes == 0)
        return selection->sample ? selection->sample[index] : index;
    const uint32_t each = selection->count / selection->classes;
    const uint32_t class = index / each, turn = index % each;
    const uint32_t first = selection->begin[class], size = selection->begin[class + 1] - first;
    return selection->sample[first + (uint32_t)(((uint64_t)epoch * each + turn) % size)];
}
