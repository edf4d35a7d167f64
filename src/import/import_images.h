/* import_images.h - the importer of images in folders, for C callers. */
#ifndef OC_IMPORT_IMPORT_IMAGES_H
#define OC_IMPORT_IMPORT_IMAGES_H

#include "data/files/file_source.h"
#include "data/images/resample.h"
#include "import/importer.h"

typedef struct oc_import_images {
    oc_import_common common; /* the source is a folder, a .tar, a .tar.gz or a .zip */
    oc_follow follow;        /* which links of a folder are followed */
    int channels;            /* 1 or 3 */
    int bits;                /* 8 or 16; 0: 16 if any image has them, else 8 */
    int height, width;       /* both 0: that of the images, which must then agree */
    oc_fit fit;              /* used with a size */
    int strict;              /* what would be skipped is an error */
} oc_import_images;

/* Local. Pictures of the kinds of image_kinds.def, whatever they are called, in one folder per
 * class (image_list.h), sorted by class and name, prepared as picture.h says. Hidden files and
 * those of unknown content are counted; images that cannot be read, links and names that lead out
 * are skipped and reported. All that was done is in the notes of the data set's schema. OC_ERR_IO,
 * OC_ERR_DATA, OC_ERR_USAGE (a test fraction where there is a test folder, links of an archive),
 * OC_ERR_INTERNAL, OC_ERR_MEMORY. */
oc_status oc_import_images_run(const oc_import_images *options, const char *out);

#endif
