/* image_decode.h - the decoders behind image.c: whole files in memory to RGB pixels. */
#ifndef OC_DATA_IMAGES_IMAGE_DECODE_H
#define OC_DATA_IMAGES_IMAGE_DECODE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    OC_IMAGE_MAX_SIDE = 65535,
    OC_IMAGE_MAX_PIXELS = 64000000, /* 64 megapixels */
    OC_IMAGE_MAX_FILE = 1 << 28,    /* bytes */
    OC_IMAGE_MAGIC = 32             /* bytes that tell the kinds apart */
};

typedef enum oc_image_kind {
#define OC_IMAGE_KIND(kind, name, decode) OC_IMAGE_##kind,
#include "data/images/image_kinds.def"
#undef OC_IMAGE_KIND
    OC_IMAGE_UNKNOWN,
    OC_IMAGE_KINDS = OC_IMAGE_UNKNOWN
} oc_image_kind;

/* Rows from the top, each pixel `channels` numbers (3: RGB, 4: RGB and alpha). `data` is freed by
 * free(). */
typedef struct oc_pixels {
    void *data; /* uint8_t, or uint16_t in the machine's order of bytes */
    uint32_t width, height;
    int channels;
    int bits;          /* 8 or 16: numbers go up to 255 or 65535 */
    int orientation;   /* as EXIF counts it, 1 to 8; 1: upright */
    int several;       /* the file has more frames or pages, this is the first */
    int is_cmyk;       /* they were inks, converted without a colour profile */
    int is_alpha_used; /* 4 channels, and some pixel is not opaque; set by oc_image_decode */
} oc_pixels;

/* Local. The kind of a file by its first bytes (OC_IMAGE_MAGIC are enough), whatever its name. */
oc_image_kind oc_image_recognise(const void *bytes, size_t count);

/* Local. "PNG", ...; is there a decoder for it? Not for OC_IMAGE_UNKNOWN. */
const char *oc_image_kind_name(oc_image_kind kind);
int oc_image_kind_is_read(oc_image_kind kind);

/* Local. Decode `count` bytes, whichever kind they are; `path` is for messages. Pixels come as they
 * lie in the file, see oc_pixels_turn. On failure pixels->data is NULL. OC_ERR_DATA (damaged, of a
 * kind that is not read, beyond the limits), OC_ERR_INTERNAL. */
oc_status oc_image_decode(const char *path, const void *bytes, size_t count, oc_pixels *pixels);

/* Local. Turn and mirror the pixels as their orientation says: then they are upright. The
 * orientation stays as it is, to be told. OC_ERR_INTERNAL. */
oc_status oc_pixels_turn(const char *path, oc_pixels *pixels);

void oc_pixels_free(oc_pixels *pixels); /* safe on zeroed ones */

/* ---- for the decoders ---- */

/* Local. Is the size within the limits? `path` names the file. OC_ERR_DATA. */
oc_status oc_image_check_size(const char *path, uint64_t width, uint64_t height);

/* Local. Zeroed room for pixels of a size that is checked first. OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_pixels_allocate(const char *path, oc_pixels *pixels, uint64_t width, uint64_t height,
                             int channels, int bits);

/* Local. The orientation that EXIF data say, with or without "Exif\0\0" before them: 1 to 8; 1 also
 * where they say nothing or nonsense. */
int oc_image_exif_orientation(const void *bytes, size_t count);

/* Local. Decoders, one a kind; like oc_image_decode, but pixels->data may be left behind on
 * failure, and *pixels is zeroed with orientation 1 before. */
#define OC_IMAGE_DECODER(name)                                                                     \
    oc_status oc_image_decode_##name(const char *path, const void *bytes, size_t count,            \
                                     oc_pixels *pixels)
OC_IMAGE_DECODER(png);
OC_IMAGE_DECODER(jpeg);
OC_IMAGE_DECODER(webp);
OC_IMAGE_DECODER(gif);
OC_IMAGE_DECODER(tiff);
OC_IMAGE_DECODER(bmp);
OC_IMAGE_DECODER(pnm);

#endif
