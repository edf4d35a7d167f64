/* extents.h - the limits of images and classes that every file of ours keeps, so that what a file
 * says can be checked before memory is asked for. */
#ifndef OC_STORAGE_EXTENTS_H
#define OC_STORAGE_EXTENTS_H

#include "base/status.h"

#include <stdint.h>

enum {
    OC_MAX_EXTENT = 65536,         /* channels, height, width, each */
    OC_MAX_IMAGE_VALUES = 1 << 28, /* channels * height * width */
    OC_MAX_CLASSES = 65536,
    OC_MAX_CLASS_NAME = 255 /* bytes */
};

/* Local. Are they within the limits? `path` names the file in the message. OC_ERR_DATA. */
oc_status oc_extents_check(const char *path, uint64_t channels, uint64_t height, uint64_t width,
                           uint64_t classes);

/* Local. Are mean and deviation a channel numbers to normalise with? OC_ERR_DATA. */
oc_status oc_statistics_check(const char *path, const double *mean, const double *deviation,
                              uint64_t channels);

#endif
