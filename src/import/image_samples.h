/* image_samples.h - prepared pictures, whose order and classes are known by now, become a data
 * set. */
#ifndef OC_IMPORT_IMAGE_SAMPLES_H
#define OC_IMPORT_IMAGE_SAMPLES_H

#include "import/image_keep.h"
#include "import/image_list.h"
#include "import/images_notes.h"
#include "import/import_images.h"

/* Nothing is owned. */
typedef struct oc_image_samples {
    const oc_import_images *options;
    const oc_image_list *list; /* arranged */
    const oc_image_keep *keep;
    const oc_images_notes *notes;
    int height, width; /* of each */
} oc_image_samples;

/* Local. Write the data set. OC_ERR_DATA, OC_ERR_IO, OC_ERR_INTERNAL, OC_ERR_MEMORY. */
oc_status oc_image_samples_write(const oc_image_samples *from, const char *out);

#endif
