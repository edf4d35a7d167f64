/* array_shape.c - see array_shape.h. */
#include "data/arrays/array_shape.h"

#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* (N, 32, 32, 3): the last dimension can be colours and the others a picture. (N, F, 1, 1) is no
 * picture. */
static int looks_last(const uint64_t *e)
{
    return (e[3] == 1 || e[3] == 3 || e[3] == 4) && e[1] > e[3] && e[2] > 1;
}

oc_status oc_array_shape_find(oc_array_shape *shape, const oc_array_info *info,
                              oc_channel_order channels)
{
    const uint64_t *e = info->extent;
    const int rank = info->rank, is_last = channels == OC_CHANNELS_LAST;
    if (info->type.kind == OC_NUMBER_NONE)
        return oc_fail(OC_ERR_DATA, "%s: strings, expected numbers as inputs", info->name);
    if (rank < 2 || rank > 4)
        return oc_fail(OC_ERR_DATA,
                       "%s: expected samples of 1 to 3 dimensions, found %d dimensions, including "
                       "the one that counts samples",
                       info->name, rank);
    if (is_last && rank != 4)
        return oc_fail(OC_ERR_USAGE,
                       "%s: channels last: expected (samples, height, width, channels), found %d "
                       "dimensions",
                       info->name, rank);
    if (rank == 4 && channels == OC_CHANNELS_UNSAID && looks_last(e))
        return oc_fail(OC_ERR_DATA,
                       "%s: a sample of (%" PRIu64 ", %" PRIu64 ", %" PRIu64
                       ") looks like (height, width, channels): add --channels-last or, if it is "
                       "not, --channels-first (in a recipe data.channels_last: true or false)",
                       info->name, e[1], e[2], e[3]);
    const uint64_t c = rank == 3 ? 1 : is_last ? e[3] : e[1];
    const uint64_t h = rank == 2 ? 1 : rank == 3 || is_last ? e[1] : e[2];
    const uint64_t w = rank == 2 ? 1 : rank == 3 || is_last ? e[2] : e[3];
    const oc_status status = oc_extents_check(info->name, c, h, w, 1);
    if (status)
        return status;
    *shape = (oc_array_shape){(int)c, (int)h, (int)w, is_last};
    return OC_OK;
}

void oc_array_shape_note(const oc_array_shape *shape, const oc_array_info *info, const char *what,
                         char note[OC_SHAPE_NOTE])
{
    char type[OC_NUMBER_NAME_BYTES], size[64] = "";
    const int is_flat = shape->height == 1 && shape->width == 1;
    oc_number_type_name(info->type, type);
    if (!is_flat)
        snprintf(size, sizeof size, ", %dx%d (channels %s)", shape->height, shape->width,
                 shape->is_last ? "last" : "first");
    snprintf(note, OC_SHAPE_NOTE, "%s %.300s: %" PRIu64 " samples, %d %s%s%s, %s", what, info->name,
             info->extent[0], shape->channels, is_flat ? "feature" : "channel",
             shape->channels == 1 ? "" : "s", size, type);
}

void oc_array_shape_arrange(const oc_array_shape *shape, size_t bytes, const void *from, void *to)
{
    const size_t channels = (size_t)shape->channels;
    const size_t plane = (size_t)shape->height * (size_t)shape->width;
    const unsigned char *const in = from;
    unsigned char *const out = to;
    if (!shape->is_last)
        memcpy(to, from, channels * plane * bytes);
    for (size_t c = 0; shape->is_last && c < channels; c++)
        for (size_t i = 0; i < plane; i++)
            memcpy(out + (c * plane + i) * bytes, in + (i * channels + c) * bytes, bytes);
}

void oc_array_shape_decode(const oc_array_shape *shape, oc_number_type type, const void *stored,
                           double *to)
{
    enum { CHUNK = 256 };
    const size_t channels = (size_t)shape->channels;
    const size_t plane = (size_t)shape->height * (size_t)shape->width, values = channels * plane;
    const unsigned char *const from = stored;
    double chunk[CHUNK];
    if (!shape->is_last || channels == 1) {
        oc_numbers_to_double(type, stored, values, to);
        return;
    }
    size_t c = 0, i = 0;
    for (size_t done = 0; done < values;) {
        const size_t n = values - done < CHUNK ? values - done : CHUNK;
        oc_numbers_to_double(type, from + done * (size_t)type.bytes, n, chunk);
        for (size_t k = 0; k < n; k++) {
            to[c * plane + i] = chunk[k];
            c = c + 1 < channels ? c + 1 : 0;
            i += c == 0;
        }
        done += n;
    }
}
