/* extents.c - see extents.h. */
#include "storage/extents.h"

#include <inttypes.h>
#include <math.h>

oc_status oc_extents_check(const char *path, uint64_t channels, uint64_t height, uint64_t width,
                           uint64_t classes)
{
    const uint64_t extents[] = {channels, height, width};
    for (int i = 0; i < 3; i++)
        if (extents[i] < 1 || extents[i] > OC_MAX_EXTENT)
            return oc_fail(OC_ERR_DATA,
                           "%s: images of %" PRIu64 "x%" PRIu64 "x%" PRIu64
                           " (channels, height, width), expected each to be 1 to %d",
                           path, channels, height, width, OC_MAX_EXTENT);
    if (channels * height * width > OC_MAX_IMAGE_VALUES)
        return oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " values in an image, expected at most %d", path,
                       channels * height * width, OC_MAX_IMAGE_VALUES);
    if (classes < 1 || classes > OC_MAX_CLASSES)
        return oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " classes, expected 1 to %d", path, classes,
                       OC_MAX_CLASSES);
    return OC_OK;
}

oc_status oc_statistics_check(const char *path, const double *mean, const double *deviation,
                              uint64_t channels)
{
    for (uint64_t c = 0; c < channels; c++) {
        if (!isfinite(mean[c]))
            return oc_fail(OC_ERR_DATA,
                           "%s: mean of channel %" PRIu64 " is %g, expected a finite "
                           "number",
                           path, c, mean[c]);
        if (!isfinite(deviation[c]) || !(deviation[c] > 0))
            return oc_fail(OC_ERR_DATA,
                           "%s: standard deviation of channel %" PRIu64 " is %g, expected more "
                           "than 0",
                           path, c, deviation[c]);
    }
    return OC_OK;
}
