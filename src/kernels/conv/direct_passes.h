/* direct_passes.h - the passes of the direct convolutions over a shard, built from direct_body.h
 * and direct_pack.h. An instance includes a vector header, sets the sizes of its micro-kernels,
 * includes this and names a table. */
#ifndef OC_KERNELS_CONV_DIRECT_PASSES_H
#define OC_KERNELS_CONV_DIRECT_PASSES_H

#include "kernels/conv/direct_pack.h"

/* Some images and, of them, a strip: rows [top, top + rows) of places. */
typedef struct strip {
    int first, images; /* images */
    int top, rows;
} strip;

/* What apply works on. */
typedef struct task {
    const oc_direct *way;
    frame from;
    const float *prepared;
    float *y;
    pitch pitch; /* of x */
    size_t *tap; /* of all classes */
    size_t *at;  /* of the pixels of a row of y */
    float *bias; /* padded */
    float *copy; /* of x */
} task;

/* x of the strip, blocks [first, first + count): copied, unless it can be read in place. */
static const float *strip_input(const task *t, const strip *s, int first, int count)
{
    const frame *f = &t->from;
    if (t->way->in_place)
        return f->x + ((size_t)s->first * (size_t)f->blocks + (size_t)first) * t->pitch.block +
               (size_t)(s->top * f->step_h) * t->pitch.row;
    const int rows = (s->rows - 1) * f->step_h + f->span_h;
    for (int b = 0; b < count; b++)
        pack(f, s->first, s->images, first + b, s->top * f->step_h, rows,
             t->copy + (size_t)b * t->pitch.block);
    return t->copy;
}

/* All tiles of one row of `length` pixels, of nearly equal sizes; `next`: floats of x from this
 * row to the next. */
INLINE void apply_run(apply_kernel *kernel, int most, job *j, int length, int apart, const float *x,
                      size_t next, float *y, const size_t *at, size_t step)
{
    const int tiles = (length + most - 1) / most;
    for (int i = 0, done = 0; i < tiles; i++) {
        const int pixels = (length - done + tiles - i - 1) / (tiles - i), begin = done * apart;
        j->ahead = i + 1 < tiles ? (size_t)(pixels * apart) : next - (size_t)begin;
        if (step)
            kernel(pixels, j, x + begin, y + (size_t)done * step, at);
        else
            kernel(pixels, j, x + begin, y, at + done);
        done += pixels;
    }
}

/* Leave out the kernel rows that lie above or below the images for row `place`. */
INLINE void skip_padding(const oc_direct *way, const oc_direct_class *h, int place, int columns,
                         const size_t *tap, job *j)
{
    const int first = place * way->h.read_step + way->h.low + h->read_first;
    int begin = 0, end = h->taps;
    while (begin < end && (unsigned)(first + begin * h->read_step) >= (unsigned)way->h.in)
        begin++;
    while (begin < end && (unsigned)(first + (end - 1) * h->read_step) >= (unsigned)way->h.in)
        end--;
    j->skipped = begin * columns;
    j->taps = (end - begin) * columns;
    j->tap = tap + j->skipped;
}

/* One class of a strip, from input blocks [first, first + count); x as strip_input gave it. */
static void apply_class(const task *t, const strip *s, const oc_direct_class *h,
                        const oc_direct_class *w, const size_t *tap, const float *weights,
                        const float *x, int first, int count)
{
    const oc_direct *way = t->way;
    const int outputs = blocks_of(way->outputs, 16), unit = way->unit, taps = h->taps * w->taps;
    const int rows = smaller(s->rows, h->places - s->top);
    const int runs = way->joined ? 1 : rows;
    const int length = way->joined ? rows * w->places : s->images * w->places;
    const size_t plane = (size_t)way->h.out * (size_t)way->w.out * 16;
    const size_t y_row = (size_t)way->w.out * 16;
    const size_t x_row = (size_t)way->h.read_step * t->pitch.row, x_all = (size_t)rows * x_row;
    const int done = first * unit, channels = smaller(count * unit, way->channels - done);
    for (int o = 0; o < outputs; o += DIRECT_BLOCKS) {
        const int wide = panel_width(way, o);
        job j = {.all_taps = taps,
                 .blocks = count,
                 .last = channels - (count - 1) * unit,
                 .block = t->pitch.block,
                 .weights = weights + (size_t)(16 * taps) * ((size_t)o * (size_t)way->channels +
                                                             (size_t)wide * (size_t)done),
                 .bias = t->bias + 16 * o,
                 .add = first > 0,
                 .y_block = plane};
        float *y = t->y + ((size_t)s->first * (size_t)outputs + (size_t)o) * plane +
                   (size_t)(h->first + s->top * h->step) * y_row + (size_t)w->first * 16;
        apply_kernel *kernel = apply_kernels[unit == 1][way->apart - 1][wide > 1];
        for (int r = 0; r < runs; r++) {
            skip_padding(way, h, s->top + r, w->taps, tap, &j);
            apply_run(kernel, wide == 1 ? DIRECT_PIXELS_ONE : DIRECT_PIXELS, &j, length,
                      unit * way->apart, x + (size_t)r * x_row, runs > 1 ? x_row : x_all,
                      y + (size_t)(r * h->step) * y_row, t->at,
                      way->images == 1 ? (size_t)w->step * 16 : 0);
        }
    }
}

/* Zeros where a strip writes, for the classes that no tap reaches. */
static void clear_strip(const task *t, const strip *s)
{
    const oc_direct *way = t->way;
    const size_t blocks = (size_t)blocks_of(way->outputs, 16), row = (size_t)way->w.out * 16;
    const int top = s->top * way->h.classes;
    const int rows = smaller(s->rows * way->h.classes, way->h.out - top);
    float *y = t->y + (size_t)s->first * blocks * (size_t)way->h.out * row + (size_t)top * row;
    for (size_t i = 0; i < (size_t)s->images * blocks; i++)
        memset(y + i * (size_t)way->h.out * row, 0, (size_t)rows * row * sizeof *y);
}

static void apply_strip(const task *t, const strip *s)
{
    const oc_direct *way = t->way;
    const int blocks = t->from.blocks;
    const size_t row = (size_t)way->channels * (size_t)blocks_of(way->outputs, 16) * 16;
    if (way->h.classes > way->h.kernel || way->w.classes > way->w.kernel)
        clear_strip(t, s);
    for (int first = 0; first < blocks; first += way->group) {
        const int count = smaller(way->group, blocks - first);
        const float *x = strip_input(t, s, first, count);
        size_t taps = 0;
        for (int a = 0; a < way->h.classes; a++)
            for (int b = 0; b < way->w.classes; b++) {
                const oc_direct_class h = oc_direct_class_of(&way->h, a);
                const oc_direct_class w = oc_direct_class_of(&way->w, b);
                if (h.taps * w.taps > 0)
                    apply_class(t, s, &h, &w, t->tap + taps, t->prepared + taps * row, x, first,
                                count);
                taps += (size_t)(h.taps * w.taps);
            }
    }
}

/* Tables that depend on how many images are taken together. */
static void fill_tables(task *t, int images)
{
    const oc_direct *way = t->way;
    t->pitch = pitch_of(way, images, way->rows);
    size_t *tap = t->tap;
    for (int a = 0; a < way->h.classes; a++)
        for (int b = 0; b < way->w.classes; b++) {
            const oc_direct_class h = oc_direct_class_of(&way->h, a);
            const oc_direct_class w = oc_direct_class_of(&way->w, b);
            fill_taps(way, &t->pitch, &h, &w, tap);
            tap += h.taps * w.taps;
        }
    const oc_direct_class w = oc_direct_class_of(&way->w, 0);
    const size_t image =
        (size_t)blocks_of(way->outputs, 16) * (size_t)way->h.out * (size_t)way->w.out * 16;
    const int pixels = way->images > 1 ? w.places * images : DIRECT_PIXELS_ONE;
    for (int i = 0; i < pixels; i++)
        t->at[i] = (size_t)(i % images) * image + (size_t)(i / images) * (size_t)w.step * 16;
}

static void apply(const oc_direct *way, int n, const float *x, const float *prepared,
                  const float *bias, float *y, float *scratch)
{
    const oc_direct_layout l = oc_direct_apply_layout(way);
    task t = {.way = way,
              .from = frame_of(way, x),
              .prepared = prepared,
              .y = y,
              .tap = (size_t *)(void *)(scratch + l.taps),
              .at = (size_t *)(void *)(scratch + l.at),
              .bias = scratch + l.bias,
              .copy = scratch + l.x};
    const int places = oc_direct_class_of(&way->h, 0).places;
    for (int o = 0; o < 16 * blocks_of(way->outputs, 16); o++)
        t.bias[o] = bias && o < way->outputs ? bias[o] : 0.0f;
    for (int i = 0; i < n; i += way->images) {
        strip s = {.first = i, .images = smaller(way->images, n - i)};
        if (i == 0 || s.images < way->images)
            fill_tables(&t, s.images);
        for (s.top = 0; s.top < places; s.top += way->rows) {
            s.rows = smaller(way->rows, places - s.top);
            apply_strip(&t, &s);
        }
    }
}

/* Rows [0, count) of the gradient by one panel, in groups as the micro-kernels like them. */
INLINE void correlate_all(correlate_kernel *kernel, int most, const gradient_job *j, int count,
                          const float *x, size_t channel, const size_t *row, float *sums)
{
    const int tiles = (count + most - 1) / most;
    for (int i = 0, done = 0; i < tiles; i++) {
        const int rows = (count - done + tiles - i - 1) / (tiles - i);
        kernel(rows, j, x + (size_t)done * channel, row + (channel ? 0 : done),
               sums + (size_t)done * j->sums_row);
        done += rows;
    }
}

/* One panel of a strip: all channels and taps. tap: offsets in x; in plain images of all
 * channels, [channel][tap]. */
static void correlate_panel(const oc_direct *way, const gradient_job *j, int wide, size_t block,
                            const float *x, const size_t *tap, float *sums)
{
    const int taps = way->h.kernel * way->w.kernel;
    if (way->unit == 1) {
        gradient_job rows = *j;
        rows.sums_row = 16;
        correlate_all(correlate_kernels[1][way->apart - 1][wide > 1], GRADIENT_PLAIN, &rows,
                      way->channels * taps, x, 0, tap, sums);
        return;
    }
    const int most = wide == 1 ? GRADIENT_ONE : GRADIENT_FULL;
    for (int c = 0; c < way->channels; c += 16)
        for (int t = 0; t < taps; t++)
            correlate_all(correlate_kernels[0][way->apart - 1][wide > 1], most, j,
                          smaller(16, way->channels - c), x + (size_t)(c / 16) * block + tap[t], 1,
                          NULL, sums + (size_t)(c * taps + t) * 16);
}

static void fill_gradient_taps(const oc_direct *way, const pitch *p, size_t *tap)
{
    const oc_direct_class h = oc_direct_class_of(&way->h, 0), w = oc_direct_class_of(&way->w, 0);
    const int taps = h.taps * w.taps;
    fill_taps(way, p, &h, &w, tap);
    for (int i = taps; way->unit == 1 && i < way->channels * taps; i++)
        tap[i] = tap[i - taps] + p->block;
}

/* dy as x, read as it is written. */
static frame gradient_frame(const oc_direct *way, const float *dy)
{
    return (frame){.x = dy,
                   .blocks = blocks_of(way->outputs, 16),
                   .height = way->h.out,
                   .width = way->w.out,
                   .unit = 16,
                   .step_h = 1,
                   .span_h = 1,
                   .step_w = 1,
                   .phases = 1,
                   .columns = way->w.out};
}

/* dy of a strip: its rows, copied only if several images make one. */
static void strip_gradient(const oc_direct *way, const strip *s, const float *dy, float *copy,
                           gradient_job *j)
{
    const frame f = gradient_frame(way, dy);
    const size_t row = (size_t)f.width * 16, plane = (size_t)f.height * row;
    j->dy_run = (size_t)s->images * row;
    if (way->images == 1) {
        j->dy_block = plane;
        j->dy = dy + (size_t)(s->first * f.blocks) * plane + (size_t)s->top * row;
        return;
    }
    j->dy_block = (size_t)s->rows * j->dy_run;
    j->dy = copy;
    for (int b = 0; b < f.blocks; b++)
        pack(&f, s->first, s->images, b, s->top, s->rows, copy + (size_t)b * j->dy_block);
}

static void gradient_strip(const task *t, const strip *s, const float *dy, float *copy, float *sums)
{
    const oc_direct *way = t->way;
    const int taps = way->h.kernel * way->w.kernel, outputs = blocks_of(way->outputs, 16);
    gradient_job j = {.runs = way->joined ? 1 : s->rows,
                      .length = way->joined ? s->rows * way->w.out : s->images * way->w.out,
                      .x_run = (size_t)way->h.read_step * t->pitch.row,
                      .sums_block = (size_t)(way->channels * taps) * 16,
                      .sums_row = (size_t)taps * 16};
    const float *x = strip_input(t, s, 0, t->from.blocks);
    strip_gradient(way, s, dy, copy, &j);
    for (int o = 0; o < outputs; o += DIRECT_BLOCKS) {
        correlate_panel(way, &j, panel_width(way, o), t->pitch.block, x, t->tap,
                        sums + (size_t)o * j.sums_block);
        j.dy += DIRECT_BLOCKS * j.dy_block;
    }
}

static void add_weight_gradient(const oc_direct *way, int n, const float *x, const float *dy,
                                float *gradient, float *scratch)
{
    const oc_direct_layout l = oc_direct_gradient_layout(way);
    task t = {.way = way,
              .from = frame_of(way, x),
              .tap = (size_t *)(void *)(scratch + l.taps),
              .copy = scratch + l.x};
    float *sums = scratch + l.sums;
    const int columns = way->channels * way->h.kernel * way->w.kernel;
    memset(sums, 0, (l.total - l.sums) * sizeof *sums);
    for (int i = 0; i < n; i += way->images) {
        strip s = {.first = i, .images = smaller(way->images, n - i)};
        t.pitch = pitch_of(way, s.images, way->gradient_rows);
        fill_gradient_taps(way, &t.pitch, t.tap);
        for (s.top = 0; s.top < way->h.out; s.top += way->gradient_rows) {
            s.rows = smaller(way->gradient_rows, way->h.out - s.top);
            gradient_strip(&t, &s, dy, scratch + l.dy, sums);
        }
    }
    for (int o = 0; o < way->outputs; o += 16)
        add_rows(sums + (size_t)o * (size_t)columns, gradient + (size_t)o * (size_t)columns,
                 (size_t)columns, smaller(16, way->outputs - o), columns);
}

#endif
