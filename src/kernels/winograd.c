/* winograd.c - tiling and memory of the Winograd kernels; their arithmetic is in
 * winograd_body.h. */
#include "kernels/winograd.h"

enum {
    PLANES = OC_WINOGRAD_PLANES,
    LONGEST_SEGMENT = 16, /* tiles: its rows of pixels stay in the first-level cache */
    STRIP_BYTES = 1 << 20 /* transformed data that stay in the second-level cache */
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
    way->tiles_h = ceiling(way->out_h, OC_WINOGRAD_OUT);
    way->tiles_w = ceiling(way->out_w, OC_WINOGRAD_OUT);
    way->segments = ceiling(way->tiles_w, LONGEST_SEGMENT);
    way->segment = ceiling(way->tiles_w, way->segments);
    /* Longer strips read the weights less often, shorter ones stay in cache. */
    const size_t v = PLANES * sizeof(float) * padded(way->channels);
    const size_t both = PLANES * sizeof(float) * (padded(way->channels) + padded(way->outputs));
    way->strip = clamp(STRIP_BYTES / v / 12 * 12, 48, 96);
    way->gradient_strip = clamp(STRIP_BYTES / both / 16 * 16, 96, 128);
    way->gradient_channels = 64;
}

static size_t weight_plane(const oc_winograd *way)
{
    return (size_t)way->channels * padded(way->outputs);
}

size_t oc_winograd_prepared(const oc_winograd *way)
{
    return PLANES * (weight_plane(way) + padded(way->outputs)); /* 16 more a block and plane */
}

static oc_winograd_layout layout(const oc_winograd *way, size_t v_row, size_t m_plane)
{
    const size_t width = OC_WINOGRAD_OUT * (size_t)way->segment + 2;
    oc_winograd_layout l = {.v_plane = v_row + 16, .m_plane = m_plane + 16};
    l.m = l.v + PLANES * l.v_plane;
    l.rows = l.m + PLANES * l.m_plane;
    l.mixed = l.rows + OC_WINOGRAD_IN * width * 16;
    l.total = l.mixed + OC_WINOGRAD_IN * width * 16;
    return l;
}

oc_winograd_layout oc_winograd_apply_layout(const oc_winograd *way)
{
    const size_t strip = (size_t)way->strip;
    return layout(way, padded(way->channels) * strip, 2 * 16 * strip);
}

oc_winograd_layout oc_winograd_gradient_layout(const oc_winograd *way)
{
    const size_t strip = (size_t)way->gradient_strip;
    return layout(way, padded(way->channels) * strip, padded(way->outputs) * strip);
}

size_t oc_winograd_scratch(const oc_winograd *way)
{
    return oc_winograd_apply_layout(way).total;
}

/* After the transformed data: 36 planes of sums, (channels, 32). */
size_t oc_winograd_gradient_scratch(const oc_winograd *way)
{
    return oc_winograd_gradient_layout(way).total +
           PLANES * ((size_t)way->gradient_channels * 32 + 16) + 16 * 16 * 9;
}
