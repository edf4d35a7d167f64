/* checkpoint_guard.c - see checkpoint_guard.h. */
#include "storage/checkpoint_guard.h"

#include <inttypes.h>

static const char steps_name[] = "/guard/steps", losses_name[] = "/guard/losses";

static oc_status write_list(oc_h5 *file, const char *name, oc_h5_type type, uint64_t count,
                            const void *numbers)
{
    const oc_h5_array array = {.type = type, .rank = 1, .extent = {count}};
    if (count == 0)
        return OC_OK;
    const oc_status status = oc_h5_array_create(file, name, &array, 0);
    return status ? status : oc_h5_array_write(file, name, 0, count, numbers);
}

static oc_status read_list(const oc_h5 *file, const char *path, const char *name, oc_h5_type type,
                           uint64_t count, void *numbers)
{
    oc_h5_array array;
    if (count == 0)
        return OC_OK;
    const oc_status status = oc_h5_array_describe(file, name, &array);
    if (status)
        return status;
    if (array.type != type || array.rank != 1 || array.extent[0] != count)
        return oc_fail(OC_ERR_DATA, "%s: %s: expected %" PRIu64 " numbers", path, name, count);
    return oc_h5_array_read(file, name, type, numbers);
}

oc_status oc_checkpoint_guard_write(oc_h5 *file, const oc_guard_record *record)
{
    const oc_status status =
        write_list(file, steps_name, OC_H5_UINT64, oc_guard_record_steps(record), record->step);
    return status ? status
                  : write_list(file, losses_name, OC_H5_FLOAT64, oc_guard_record_losses(record),
                               record->loss);
}

oc_status oc_checkpoint_guard_read(const oc_h5 *file, const char *path, oc_guard_record *record)
{
    const oc_status status = read_list(file, path, steps_name, OC_H5_UINT64,
                                       oc_guard_record_steps(record), record->step);
    return status ? status
                  : read_list(file, path, losses_name, OC_H5_FLOAT64,
                              oc_guard_record_losses(record), record->loss);
}
