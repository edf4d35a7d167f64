/* image_turn.c - EXIF orientation: what it is, by libexif, and turning pixels upright. */
#include "data/images/image_decode.h"

#include <stdlib.h>
#include <string.h>

#include <libexif/exif-data.h>

static const unsigned char exif_mark[6] = "Exif\0";

/* As JPEG files have it, with the mark before it: what libexif reads. */
static int read_orientation(const unsigned char *bytes, size_t count)
{
    int orientation = 1;
    ExifData *const data = exif_data_new();
    if (!data)
        return 1;
    exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION); /* nothing is added */
    exif_data_load_data(data, bytes, (unsigned)count);
    const ExifEntry *const entry =
        exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (entry && entry->format == EXIF_FORMAT_SHORT && entry->components >= 1 &&
        entry->size >= sizeof(ExifShort))
        orientation = exif_get_short(entry->data, exif_data_get_byte_order(data));
    exif_data_unref(data);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

int oc_image_exif_orientation(const void *bytes, size_t count)
{
    enum { MOST_BYTES = 1 << 16 }; /* as one segment of a JPEG has; behind are thumbnails */
    const size_t used = count < MOST_BYTES ? count : MOST_BYTES;
    if (count >= sizeof exif_mark && memcmp(bytes, exif_mark, sizeof exif_mark) == 0)
        return read_orientation(bytes, used);
    unsigned char *const marked = malloc(sizeof exif_mark + used);
    if (!marked)
        return 1;
    memcpy(marked, exif_mark, sizeof exif_mark);
    memcpy(marked + sizeof exif_mark, bytes, used);
    const int orientation = read_orientation(marked, sizeof exif_mark + used);
    free(marked);
    return orientation;
}

oc_status oc_pixels_turn(const char *path, oc_pixels *pixels)
{
    /* Where the upright picture's top left lies, and which way its rows and columns go: orientation
     * 6, say, is a picture that must be turned a quarter clockwise. */
    static const struct {
        unsigned char swap, right, down; /* rows are columns; from the right; from below */
    } how[9] = {{0, 0, 0}, {0, 0, 0}, {0, 1, 0}, {0, 1, 1}, {0, 0, 1},
                {1, 0, 0}, {1, 0, 1}, {1, 1, 1}, {1, 1, 0}};
    const int o = pixels->orientation;
    if (o <= 1 || o > 8)
        return OC_OK;
    oc_pixels turned = *pixels;
    const uint32_t width = how[o].swap ? pixels->height : pixels->width;
    const uint32_t height = how[o].swap ? pixels->width : pixels->height;
    const oc_status status =
        oc_pixels_allocate(path, &turned, width, height, pixels->channels, pixels->bits);
    if (status)
        return status;
    const size_t each = (size_t)(pixels->channels * pixels->bits / 8);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            const size_t across = how[o].swap ? y : x, along = how[o].swap ? x : y;
            const size_t column = how[o].right ? pixels->width - 1 - across : across;
            const size_t row = how[o].down ? pixels->height - 1 - along : along;
            memcpy((char *)turned.data + (y * width + x) * each,
                   (const char *)pixels->data + (row * pixels->width + column) * each, each);
        }
    free(pixels->data);
    *pixels = turned;
    return OC_OK;
}
