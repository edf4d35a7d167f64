/* direct_pack.h - what the direct convolutions copy: strips of images with their padding, and
 * weights. Included by direct_passes.h alone. */
#ifndef OC_KERNELS_CONV_DIRECT_PACK_H
#define OC_KERNELS_CONV_DIRECT_PACK_H

#include "kernels/conv/direct_kernels.h"

#include <string.h>

INLINE int smaller(int a, int b)
{
    return a < b ? a : b;
}

INLINE int blocks_of(int channels, int unit)
{
    return (channels + unit - 1) / unit;
}

/* Images as they are read. A copied row is [phase][column][image][unit]: column c of a phase is
 * pixel low_w + phase + step_w c, zeros where there is none. */
typedef struct frame {
    const float *x;
    int blocks, height, width, unit;
    int low_h, step_h, span_h; /* of the windows */
    int low_w, step_w, phases, columns;
} frame;

INLINE frame frame_of(const oc_direct *way, const float *x)
{
    return (frame){.x = x,
                   .blocks = blocks_of(way->channels, way->unit),
                   .height = way->h.in,
                   .width = way->w.in,
                   .unit = way->unit,
                   .low_h = way->h.low,
                   .step_h = way->h.read_step,
                   .span_h = way->h.span,
                   .low_w = way->w.low,
                   .step_w = way->w.read_step / way->apart,
                   .phases = way->phases,
                   .columns = way->columns};
}

/* `count` pixels, `from_step` and `to_step` floats apart. */
INSTANCE void copy_pixels(const float *from, size_t from_step, float *to, size_t to_step, int count,
                          const int unit)
{
    if (from_step == (size_t)unit && to_step == from_step) {
        memcpy(to, from, (size_t)count * to_step * sizeof *to);
        return;
    }
    for (int i = 0; i < count; i++, from += from_step, to += to_step) {
        if (unit == 16)
            __builtin_prefetch(from + AHEAD * from_step);
        if (unit == 1)
            *to = *from;
        for (int p = 0; unit == 16 && p < PARTS; p++)
            vec_store(to + p * LANES, vec_load(from + p * LANES));
    }
}

INSTANCE void zero_pixels(float *to, size_t to_step, int count, const int unit)
{
    for (int i = 0; i < count; i++, to += to_step) {
        if (unit == 1)
            *to = 0;
        for (int p = 0; unit == 16 && p < PARTS; p++)
            vec_store(to + p * LANES, vec_set(0));
    }
}

/* One phase of one row of one image; `to_step`: floats from one column to the next. */
INSTANCE void pack_phase(const frame *f, const float *row, int phase, float *to, size_t to_step,
                         const int unit)
{
    const int step = f->step_w, low = f->low_w + phase; /* the pixel of column 0 */
    int begin = low < 0 ? -low : 0, end = f->width > low ? f->width - low : 0;
    if (step > 1) {
        begin = (begin + step - 1) / step;
        end = (end + step - 1) / step;
    }
    begin = smaller(begin, f->columns);
    end = end < begin ? begin : smaller(end, f->columns);
    zero_pixels(to, to_step, begin, unit);
    if (begin < end)
        copy_pixels(row + (low + step * begin) * unit, (size_t)(step * unit),
                    to + (size_t)begin * to_step, to_step, end - begin, unit);
    zero_pixels(to + (size_t)end * to_step, to_step, f->columns - end, unit);
}

INSTANCE void pack_unit(const frame *f, int first, int images, int block, int top, int rows,
                        float *to, const int unit)
{
    const size_t step = (size_t)(images * unit), phase_step = (size_t)f->columns * step;
    const size_t row = (size_t)(f->width * unit),
                 image = (size_t)f->blocks * (size_t)f->height * row;
    const float *from = f->x + (size_t)first * image + (size_t)block * (size_t)f->height * row;
    for (int r = 0, window = 0; r < rows; r++, to += (size_t)f->phases * phase_step) {
        const int y = f->low_h + top + r;
        const int is_read = window < f->span_h; /* by a window; of long strides not all are */
        window = window + 1 == f->step_h ? 0 : window + 1;
        if (!is_read)
            continue;
        if (y < 0 || y >= f->height) {
            memset(to, 0, (size_t)f->phases * phase_step * sizeof *to);
            continue;
        }
        for (int i = 0; i < images; i++)
            for (int p = 0; p < f->phases; p++)
                pack_phase(f, from + (size_t)i * image + (size_t)y * row, p,
                           to + (size_t)p * phase_step + (size_t)(i * unit), step, unit);
    }
}

/* Rows [top, top + rows), counted from low_h, of one block of channels of some images. */
static void pack(const frame *f, int first, int images, int block, int top, int rows, float *to)
{
    if (f->unit == 1)
        pack_unit(f, first, images, block, top, rows, to, 1);
    else
        pack_unit(f, first, images, block, top, rows, to, 16);
}

/* How x of a strip lies, copied or in place. */
typedef struct pitch {
    size_t row, block, phase, column;
} pitch;

INLINE pitch pitch_of(const oc_direct *way, int images, int rows)
{
    const size_t unit = (size_t)way->unit;
    if (way->in_place)
        return (pitch){.row = (size_t)way->w.in * unit,
                       .block = (size_t)way->h.in * (size_t)way->w.in * unit,
                       .column = unit};
    pitch p = {.column = (size_t)images * unit};
    p.phase = (size_t)way->columns * p.column;
    p.row = (size_t)way->phases * p.phase;
    p.block = (size_t)((rows - 1) * way->h.read_step + way->h.span) * p.row;
    return p;
}

/* Where the taps of a class read, from the first pixel of a window. */
static void fill_taps(const oc_direct *way, const pitch *p, const oc_direct_class *h,
                      const oc_direct_class *w, size_t *tap)
{
    for (int i = 0; i < h->taps; i++)
        for (int k = 0; k < w->taps; k++) {
            const size_t row = (size_t)(h->read_first + i * h->read_step);
            const int column = w->read_first + k * w->read_step,
                      step = way->w.read_step / way->apart;
            *tap++ = row * p->row + (size_t)(column % step) * p->phase +
                     (size_t)(column / step) * p->column;
        }
}

/* Blocks of outputs in the panel that begins with block `first`. */
INLINE int panel_width(const oc_direct *way, int first)
{
    return smaller(DIRECT_BLOCKS, blocks_of(way->outputs, 16) - first);
}

/* Weights of all taps of a class, one block of outputs, one channel -> rows of 16, `step` apart
 * from one channel to the next and `tap_step` from one tap to the next. */
static void prepare_channel(const oc_direct *way, const oc_direct_class *h,
                            const oc_direct_class *w, const float *weights, int channel, int first,
                            float *to, size_t tap_step)
{
    const size_t taps = (size_t)way->h.kernel * (size_t)way->w.kernel;
    const size_t output_step = way->h.back ? taps : taps * (size_t)way->channels;
    const size_t channel_step = way->h.back ? taps * (size_t)way->outputs : taps;
    const int outputs = smaller(16, way->outputs - first);
    const float *from = weights + (size_t)channel * channel_step + (size_t)first * output_step;
    for (int i = 0; i < h->taps; i++)
        for (int k = 0; k < w->taps; k++, to += tap_step) {
            const float *tap = from + (h->kernel_first + i * h->kernel_step) * way->w.kernel +
                               w->kernel_first + k * w->kernel_step;
            for (int o = 0; o < 16; o++)
                to[o] = o < outputs ? tap[(size_t)o * output_step] : 0.0f;
        }
}

static float *prepare_class(const oc_direct *way, const oc_direct_class *h,
                            const oc_direct_class *w, const float *weights, float *to)
{
    const int taps = h->taps * w->taps, blocks = blocks_of(way->outputs, 16);
    for (int first = 0; first < blocks; first += DIRECT_BLOCKS) {
        const int wide = panel_width(way, first);
        for (int c = 0; c < way->channels; c += way->unit) {
            const int channels = smaller(way->unit, way->channels - c);
            for (int i = 0; i < channels; i++)
                for (int b = 0; b < wide; b++)
                    prepare_channel(way, h, w, weights, c + i, 16 * (first + b),
                                    to + 16 * (i * wide + b), (size_t)(16 * channels * wide));
            to += 16 * channels * wide * taps;
        }
    }
    return to;
}

static void prepare(const oc_direct *way, const float *weights, float *prepared)
{
    for (int a = 0; a < way->h.classes; a++)
        for (int b = 0; b < way->w.classes; b++) {
            const oc_direct_class h = oc_direct_class_of(&way->h, a);
            const oc_direct_class w = oc_direct_class_of(&way->w, b);
            prepared = prepare_class(way, &h, &w, weights, prepared);
        }
}

/* (columns, 16) added to 16 rows, `stride` apart, or as many as there are. */
static void add_rows(const float *from, float *to, size_t stride, int rows, int columns)
{
    int i = 0;
    if (rows == 16)
        for (; i + 4 <= columns; i += 4)
            put_16x4(from + 16 * (size_t)i, to + i, stride, 1);
    for (; i < columns; i++)
        for (int r = 0; r < rows; r++)
            to[(size_t)r * stride + (size_t)i] += from[16 * (size_t)i + (size_t)r];
}

#endif
