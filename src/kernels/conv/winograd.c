/* winograd.c - tiling and memory of the Winograd kernels; their arithmetic is in
 * winograd_body.h. */
#include "kernels/conv/winograd.h"

enum {
    PANEL = 32, /* most outputs that a micro-kernel makes at once */
    FEW_CHANNELS = 128,
    STRIP_BYTES = 512 << 10, /* transformed data that stay in the second-level cache */
    FRESH_BYTES = 16 << 20   /* more transformed weights come from memory, not from a cache */
};

static int ceiling(int a, int b)
{
    return (a + b - 1) / b;
}

static size_t padded(int channels)
{
    return (size_t)ceiling(channels, 16) * 16;
}

static int clamp(size_t value, int low, int high)
{
    return value < (size_t)low ? low : value > (size_t)high ? high : (int)value;
}

void oc_winograd_plan(oc_winograd *way)
{
    way->in = OC_WINOGRAD_TILE + way->kernel - 1;
    way->planes = way->in * way->in;
    way->tiles_h = ceiling(way->out_h, OC_WINOGRAD_TILE);
    way->tiles_w = ceiling(way->out_w, OC_WINOGRAD_TILE);
    /* Longer strips read the weights less often, shorter ones stay in cache. */
    const size_t v = (size_t)way->planes * sizeof(float) * padded(way->channels);
    const size_t both = v + (size_t)way->planes * sizeof(float) * padded(way->outputs);
    way->fresh = v * padded(way->outputs) > FRESH_BYTES;
    way->strip = way->fresh ? OC_WINOGRAD_LONG
                            : clamp(STRIP_BYTES / v / OC_WINOGRAD_SHORT * OC_WINOGRAD_SHORT,
                                    OC_WINOGRAD_SHORT, OC_WINOGRAD_LONG);
    /* The error grows with the sums of a strip, more so at the points of 5x5. */
    way->gradient_strip = way->kernel == 5
                              ? OC_WINOGRAD_LONG
                              : clamp(2 * STRIP_BYTES / both / 16 * 16, 96, OC_WINOGRAD_GRADIENT);
    way->gradient_channels = 64;
}

double oc_winograd_products(const oc_winograd *way)
{
    const int cut_h = way->out_h % OC_WINOGRAD_TILE != 0,
              cut_w = way->out_w % OC_WINOGRAD_TILE != 0;
    return (double)(way->tiles_h * way->in - cut_h) * (way->tiles_w * way->in - cut_w);
}

size_t oc_winograd_plane(size_t floats)
{
    return (floats / 16 | 1) * 16;
}

size_t oc_winograd_prepared(const oc_winograd *way)
{
    if (way->fresh)
        return 0;
    return (size_t)way->planes * padded(way->outputs) *
           ((size_t)way->channels + 1); /* + 1: odd planes */
}

/* Of strips of at most so many tiles. With many channels, planes that are whole are faster to walk
 * through, and the transforms less of the work. */
static oc_winograd_steps steps(size_t planes, int most, size_t channels)
{
    if (channels > FEW_CHANNELS)
        return (oc_winograd_steps){oc_winograd_plane((size_t)most * channels), 0};
    const size_t plane = OC_WINOGRAD_PLANE(most <= OC_WINOGRAD_LONG ? most : OC_WINOGRAD_GRADIENT);
    return (oc_winograd_steps){plane, planes * plane + 16}; /* + 16: an odd number of lines too */
}

static size_t strip_floats(size_t planes, oc_winograd_steps s, size_t channels)
{
    return channels > FEW_CHANNELS ? planes * s.plane : s.block * (channels / 16);
}

/* Of strips of at most so many tiles with this many channels on both sides, and of weights. */
static oc_winograd_layout layout(size_t planes, int most, size_t channels, size_t outputs, size_t u)
{
    oc_winograd_layout l = {.v_steps = steps(planes, most, channels),
                            .m_steps = steps(planes, most, outputs)};
    l.m = strip_floats(planes, l.v_steps, channels);
    l.u = l.m + strip_floats(planes, l.m_steps, outputs);
    l.total = l.u + planes * oc_winograd_plane(u);
    return l;
}

oc_winograd_layout oc_winograd_apply_layout(const oc_winograd *way)
{
    return layout((size_t)way->planes, way->strip, padded(way->channels), PANEL,
                  way->fresh ? (size_t)way->channels * PANEL : 0);
}

oc_winograd_layout oc_winograd_gradient_layout(const oc_winograd *way)
{
    return layout((size_t)way->planes, way->gradient_strip, padded(way->channels),
                  padded(way->outputs), (size_t)way->gradient_channels * PANEL);
}

size_t oc_winograd_scratch(const oc_winograd *way)
{
    return oc_winograd_apply_layout(way).total;
}

size_t oc_winograd_gradient_scratch(const oc_winograd *way)
{
    return oc_winograd_gradient_layout(way).total;
}
