/* direct.c - strips, classes and memory of the direct convolutions; their arithmetic is in
 * direct_body.h. */
#include "kernels/conv/direct.h"

enum {
    LINE = 16,             /* floats in a cache line */
    SHORT_ROW = 12,        /* pixels: shorter rows are made of several images */
    FEWEST_PIXELS = 96,    /* a strip of fewer reads the weights too often */
    MOST_IMAGES = 32,      /* taken together */
    STRIP_FLOATS = 16384,  /* copied pixels that leave room for weights in the second-level cache */
    GRADIENT_PIXELS = 128, /* pixels whose dy and x stay in the first-level cache */
    PANEL_ROWS = 512       /* rows of 16 or 32 weights that stay in the second-level cache */
};

static int ceiling(int a, int b)
{
    return (a + b - 1) / b;
}

static int clamp(size_t value, int low, int high)
{
    return value < (size_t)low ? low : value > (size_t)high ? high : (int)value;
}

oc_direct_class oc_direct_class_of(const oc_direct_side *s, int index)
{
    if (!s->back)
        return (oc_direct_class){
            .step = 1, .places = s->out, .taps = s->kernel, .kernel_step = 1, .read_step = 1};
    /* Pixel stride q + index is reached by taps k = stride j + first from output q + base - j. */
    const int first = (index + s->pad) % s->stride, base = (index + s->pad) / s->stride;
    return (oc_direct_class){.first = index,
                             .step = s->stride,
                             .places = index < s->out ? ceiling(s->out - index, s->stride) : 0,
                             .taps = first < s->kernel ? ceiling(s->kernel - first, s->stride) : 0,
                             .kernel_first = first,
                             .kernel_step = s->stride,
                             .read_first = base - s->low,
                             .read_step = -1};
}

static void plan_side(oc_direct_side *s)
{
    s->read_step = s->back ? 1 : s->stride;
    s->classes = s->back ? s->stride : 1;
    s->low = 0; /* what read_first is counted from */
    int low = s->back ? s->out : -s->pad, high = s->back ? -1 : s->kernel - 1 - s->pad;
    for (int i = 0; s->back && i < s->classes; i++) {
        const oc_direct_class c = oc_direct_class_of(s, i);
        if (c.taps == 0)
            continue;
        low = c.read_first - (c.taps - 1) < low ? c.read_first - (c.taps - 1) : low;
        high = c.read_first > high ? c.read_first : high;
    }
    s->low = low <= high ? low : 0;
    s->span = low <= high ? high - low + 1 : 1;
}

static int places_of(const oc_direct_side *s) /* of the largest class */
{
    return oc_direct_class_of(s, 0).places;
}

static size_t padded(int channels)
{
    return (size_t)ceiling(channels, 16) * 16;
}

/* Rows of pixels that `rows` rows of places read. */
static size_t rows_read(const oc_direct *way, int rows)
{
    return (size_t)(rows - 1) * (size_t)way->h.read_step + (size_t)way->h.span;
}

static size_t row_floats(const oc_direct *way)
{
    return (size_t)way->phases * (size_t)way->columns * (size_t)way->images * (size_t)way->unit;
}

/* No window reaches beyond the image. */
static int stays_inside(const oc_direct_side *s)
{
    return s->low == 0 && (places_of(s) - 1) * s->read_step + s->span <= s->in;
}

/* The end of a row is followed by the next one, in what is read and in what is written. */
static int joins(const oc_direct *way)
{
    return stays_inside(&way->h) && stays_inside(&way->w) && way->w.span == 1 &&
           way->h.stride == 1 && way->w.stride == 1;
}

void oc_direct_plan(oc_direct *way)
{
    plan_side(&way->h);
    plan_side(&way->w);
    const int places_h = places_of(&way->h), places_w = places_of(&way->w);
    const size_t pixels = (size_t)places_h * (size_t)places_w;
    way->joined = joins(way);
    way->images = way->joined || places_w >= SHORT_ROW ? 1 : ceiling(SHORT_ROW, places_w);
    if (pixels * (size_t)way->images < FEWEST_PIXELS)
        way->images = clamp((FEWEST_PIXELS + pixels - 1) / pixels, 1, MOST_IMAGES);
    const int single = way->images == 1;
    way->apart = single && way->w.read_step == 2 ? 2 : 1;
    way->in_place =
        single && stays_inside(&way->h) && stays_inside(&way->w) && way->w.read_step <= 2;
    way->joined = way->joined && way->in_place;
    const int step = way->w.read_step / way->apart; /* of a copied row */
    way->phases = step < way->w.span ? step : way->w.span;
    way->columns = (places_w - 1) * way->apart + (way->w.span - 1) / step + 1;
    const int blocks = ceiling(way->channels, way->unit);
    way->group =
        clamp(PANEL_ROWS / ((size_t)way->h.kernel * (size_t)way->w.kernel) / (size_t)way->unit, 1,
              blocks);
    const size_t rows = (size_t)way->group * row_floats(way) * (size_t)way->h.read_step;
    way->rows = clamp(STRIP_FLOATS / rows, 1, places_h);
    const size_t most = way->unit == 1 ? 2 * GRADIENT_PIXELS : GRADIENT_PIXELS;
    way->gradient_rows = clamp(most / ((size_t)places_w * (size_t)way->images), 1, places_h);
}

static size_t kernel_floats(const oc_direct *way) /* all taps of all channels and outputs */
{
    return (size_t)way->channels * (size_t)way->h.kernel * (size_t)way->w.kernel *
           padded(way->outputs);
}

size_t oc_direct_prepared(const oc_direct *way)
{
    return kernel_floats(way);
}

static size_t lines(size_t floats)
{
    return (floats + LINE - 1) / LINE * LINE;
}

/* A table of `count` size_t, in floats. */
static size_t table(size_t count)
{
    return lines(count * sizeof(size_t) / sizeof(float));
}

/* `blocks`: of channels copied at a time. */
static oc_direct_layout layout(const oc_direct *way, int rows, int blocks)
{
    const size_t run = (size_t)places_of(&way->w) * (size_t)way->images;
    const size_t taps = (size_t)way->h.kernel * (size_t)way->w.kernel * (size_t)way->channels;
    oc_direct_layout l = {.taps = 0};
    l.at = l.taps + table(taps);
    l.bias = l.at + table(run > OC_DIRECT_MOST_PIXELS ? run : OC_DIRECT_MOST_PIXELS);
    l.x = l.bias + padded(way->outputs);
    l.dy =
        l.x + (way->in_place ? 0 : lines((size_t)blocks * rows_read(way, rows) * row_floats(way)));
    l.sums = l.total = l.dy;
    return l;
}

oc_direct_layout oc_direct_apply_layout(const oc_direct *way)
{
    return layout(way, way->rows, way->group);
}

oc_direct_layout oc_direct_gradient_layout(const oc_direct *way)
{
    oc_direct_layout l = layout(way, way->gradient_rows, ceiling(way->channels, way->unit));
    if (way->images > 1)
        l.sums = l.dy + (size_t)way->gradient_rows * (size_t)way->w.out * (size_t)way->images *
                            padded(way->outputs);
    l.total = l.sums + kernel_floats(way);
    return l;
}

size_t oc_direct_scratch(const oc_direct *way)
{
    return oc_direct_apply_layout(way).total;
}

size_t oc_direct_gradient_scratch(const oc_direct *way)
{
    return oc_direct_gradient_layout(way).total;
}
