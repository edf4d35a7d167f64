/* image_keep.h - prepared pictures on disk until their order is known: in a file without a name,
 * gone when it is closed, whatever happens. They have one size; bytes as long as all have 8 bits,
 * and from the first of 16 bits on all of them 16. */
#ifndef OC_IMPORT_IMAGE_KEEP_H
#define OC_IMPORT_IMAGE_KEEP_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_image_keep {
    const char *beside; /* where the file is made, for messages; not owned */
    int file;           /* -1: none */
    int bits;           /* of a value: 8 or 16 */
    size_t values;      /* of a picture */
    uint64_t count;
    uint16_t *room; /* for a picture */
} oc_image_keep;

/* Local. Make the file beside `beside`. OC_ERR_IO. */
oc_status oc_image_keep_open(oc_image_keep *keep, const char *beside);

/* Local. The size of all that come. OC_ERR_INTERNAL. */
oc_status oc_image_keep_set_size(oc_image_keep *keep, size_t values);

/* Local. Add one of `bits` bits a value. OC_ERR_IO. */
oc_status oc_image_keep_add(oc_image_keep *keep, const uint16_t *values, int bits);

/* Local. Bytes of a picture; and a picture as it is kept, by its number from 0, uint8_t or
 * uint16_t. OC_ERR_IO. */
size_t oc_image_keep_bytes(const oc_image_keep *keep);
oc_status oc_image_keep_fetch(const oc_image_keep *keep, uint64_t number, void *to);

void oc_image_keep_close(oc_image_keep *keep); /* safe on a zeroed one whose file is -1 */

#endif
