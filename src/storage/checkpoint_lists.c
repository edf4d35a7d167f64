/* checkpoint_lists.c - see checkpoint_lists.h. */
#include "storage/checkpoint_lists.h"

#include <inttypes.h>

/* Of a checkpoint: where in its file, how many and what. */
typedef struct list {
    const char *name;
    oc_h5_type type;
    uint64_t count;
    void *numbers;
} list;

enum { LISTS = 3 };

static void find_lists(oc_checkpoint_info *info, list lists[LISTS])
{
    oc_guard_record *const guard = &info->guard;
    lists[0] = (list){"/guard/steps", OC_H5_UINT64, oc_guard_record_steps(guard), guard->step};
    lists[1] = (list){"/guard/losses", OC_H5_FLOAT64, oc_guard_record_losses(guard), guard->loss};
    lists[2] = (list){"/gradient_units", OC_H5_INT8, info->units.count, info->units.exponent};
}

static oc_status write_list(oc_h5 *file, const list *l)
{
    const oc_h5_array array = {.type = l->type, .rank = 1, .extent = {l->count}};
    if (l->count == 0)
        return OC_OK;
    const oc_status status = oc_h5_array_create(file, l->name, &array, 0);
    return status ? status : oc_h5_array_write(file, l->name, 0, l->count, l->numbers);
}

static oc_status read_list(const oc_h5 *file, const char *path, const list *l)
{
    oc_h5_array array;
    if (l->count == 0)
        return OC_OK;
    const oc_status status = oc_h5_array_describe(file, l->name, &array);
    if (status)
        return status;
    if (array.type != l->type || array.rank != 1 || array.extent[0] != l->count)
        return oc_fail(OC_ERR_DATA, "%s: %s: expected %" PRIu64 " numbers", path, l->name,
                       l->count);
    return oc_h5_array_read(file, l->name, l->type, l->numbers);
}

oc_status oc_checkpoint_lists_write(oc_h5 *file, const oc_checkpoint_info *info)
{
    oc_checkpoint_info copy = *info;
    list lists[LISTS];
    oc_status status = OC_OK;
    find_lists(&copy, lists);
    for (int i = 0; i < LISTS && !status; i++)
        status = write_list(file, &lists[i]);
    return status;
}

oc_status oc_checkpoint_lists_read(const oc_h5 *file, const char *path, oc_checkpoint_info *info)
{
    list lists[LISTS];
    oc_status status = OC_OK;
    if (info->units.count > OC_UNITS)
        return oc_fail(OC_ERR_DATA, "%s: gradient_units: %" PRIu64 ", expected at most %d", path,
                       info->units.count, OC_UNITS);
    find_lists(info, lists);
    for (int i = 0; i < LISTS && !status; i++)
        status = read_list(file, path, &lists[i]);
    return status;
}
