/* array_shape.h - which dimension of an array of samples is what. */
#ifndef OC_DATA_ARRAYS_ARRAY_SHAPE_H
#define OC_DATA_ARRAYS_ARRAY_SHAPE_H

#include "data/arrays/array_file.h"

/* Where channels are. What looks like pictures with channels last must be said to be so or not:
 * nothing is turned, or left unturned, on a guess. */
typedef enum oc_channel_order {
    OC_CHANNELS_UNSAID, /* first, unless it looks otherwise: an error */
    OC_CHANNELS_FIRST,
    OC_CHANNELS_LAST
} oc_channel_order;

enum { OC_SHAPE_NOTE = 512 };

typedef struct oc_array_shape {
    int channels, height, width;
    int is_last; /* rows are (H, W, C), else (C, H, W) */
} oc_array_shape;

/* Local. Inputs (N, F): features as channels, (N, H, W), (N, C, H, W) or (N, H, W, C). OC_ERR_DATA
 * beyond 1 to 3 dimensions a sample or the limits of images, for strings, and for what looks like
 * channels last without a word; OC_ERR_USAGE for channels last without channels. */
oc_status oc_array_shape_find(oc_array_shape *shape, const oc_array_info *info,
                              oc_channel_order channels);

/* Local. "inputs /x: 60000 samples, 3 channels, 32x32 (channels last), uint8" */
void oc_array_shape_note(const oc_array_shape *shape, const oc_array_info *info, const char *what,
                         char note[OC_SHAPE_NOTE]);

/* Local, no allocation. A row of numbers as doubles in the order (C, H, W). */
void oc_array_shape_decode(const oc_array_shape *shape, oc_number_type type, const void *stored,
                           double *to);

/* Local. A row of elements of `bytes` each, brought into the order (C, H, W). */
void oc_array_shape_arrange(const oc_array_shape *shape, size_t bytes, const void *from, void *to);

#endif
