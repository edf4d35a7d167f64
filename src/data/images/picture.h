/* picture.h - a picture as a sample of a data set: upright, of a size, in whole numbers. Import and
 * predict both come through here, so that a network meets what it was trained on. */
#ifndef OC_DATA_IMAGES_PICTURE_H
#define OC_DATA_IMAGES_PICTURE_H

#include "data/images/resample.h"
#include "storage/schema.h"

typedef struct oc_picture_how {
    int channels;      /* 1: grey, 3: RGB */
    int height, width; /* both 0: as the picture is */
    int bits;          /* 8 or 16: numbers up to 255 or 65535; 0: as the picture has */
    oc_fit fit;
    int upright; /* turn it as its EXIF orientation says */
} oc_picture_how;

typedef struct oc_picture_made {
    int height, width, bits; /* of the sample */
    oc_image_kind kind;
    /* What was done to it. */
    int turned, several, is_cmyk, is_alpha_used; /* as in oc_pixels */
    int resized, widened, narrowed;              /* 8 bits to 16; 16 to 8 */
} oc_picture_made;

/* Local. How pictures become samples of a data set or a network with this schema. Where pictures
 * had the very size of samples one of another size is cropped, as an import does by default; where
 * nobody knows how it was it is stretched. Numbers that are neither bytes nor words count as bytes.
 */
oc_picture_how oc_picture_how_of(const oc_schema *schema);

/* Local. Decode `count` bytes and prepare them: *values (C, H, W), whole numbers 0..255 or
 * 0..65535, rounded to the nearest; freed by free(). A picture of 8 bits that is to have 16 is
 * prepared in 8 and multiplied by 257, which is exact; one of 16 that is to have 8 is divided by
 * 257 at the very end. `path` is for messages. On failure *values is NULL. OC_ERR_DATA,
 * OC_ERR_INTERNAL. */
oc_status oc_picture_prepare(const char *path, const void *bytes, size_t count,
                             const oc_picture_how *how, oc_picture_made *made, uint16_t **values);

/* Local. The same of a file, whose size must be known, into out (C, H, W). OC_ERR_IO too. */
oc_status oc_picture_read(const char *path, const oc_picture_how *how, float *out);

#endif
