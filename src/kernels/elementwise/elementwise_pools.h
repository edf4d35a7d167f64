/* elementwise_pools.h - pooling of maps. Included by elementwise_body.h alone. */
#ifndef OC_KERNELS_ELEMENTWISE_ELEMENTWISE_POOLS_H
#define OC_KERNELS_ELEMENTWISE_ELEMENTWISE_POOLS_H

/* The largest of a patch of rows x columns pixels at `x`, whose first pixel is place `place` of
 * its window; `width` pixels to the next row, `kernel_w` places. */
INSTANCE void patch_largest(const float *x, size_t width, size_t rows, size_t columns, size_t place,
                            size_t kernel_w, float *y, uint16_t *winner)
{
    UNROLLED(4)
    for (size_t part = 0; part < PARTS; part++) {
        vec best = vec_load(x + part * LANES), at = vec_set((float)place);
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++) {
                if (r + c == 0)
                    continue;
                const vec next = vec_load(x + (r * width + c) * OC_MAP + part * LANES);
                const vec_mask wins = vec_wins(next, best);
                best = vec_select(wins, next, best);
                at = vec_select(wins, vec_set((float)(place + r * kernel_w + c)), at);
            }
        vec_store(y + part * LANES, best);
        vec_put_numbers(winner + part * LANES, at);
    }
}

/* Where the patch begins in x, and which place of the window that is. */
INLINE size_t patch_pixel(const oc_patch *p, const oc_window *w)
{
    return (size_t)p->top * (size_t)w->width + (size_t)p->left;
}

INLINE size_t patch_place(const oc_patch *p, const oc_window *w)
{
    return (size_t)(p->top - p->first_row) * (size_t)w->kernel_w +
           (size_t)(p->left - p->first_column);
}

/* Is the window whole? Then its size is a constant where that is worth it. */
INLINE int is_whole(const oc_patch *p, const oc_window *w, int size)
{
    return w->kernel_h == size && w->kernel_w == size && p->bottom - p->top == size &&
           p->right - p->left == size;
}

/* All windows of 2x2, stride 2, and whole: nothing to find out about each. */
static void halve_map(const oc_window *w, const float *x, float *y, uint16_t *place)
{
    const size_t width = (size_t)w->width;
    for (int oh = 0; oh < w->out_h; oh++, x += 2 * width * OC_MAP)
        for (size_t ow = 0; ow < (size_t)w->out_w; ow++, y += OC_MAP, place += OC_MAP)
            patch_largest(x + 2 * ow * OC_MAP, width, 2, 2, 0, 2, y, place);
}

static int halves(const oc_window *w)
{
    return w->kernel_h == 2 && w->kernel_w == 2 && w->stride_h == 2 && w->stride_w == 2 &&
           w->pad_h == 0 && w->pad_w == 0 && 2 * w->out_h <= w->height && 2 * w->out_w <= w->width;
}

static void pool_map(const oc_window *w, const float *x, float *y, uint16_t *place)
{
    const size_t width = (size_t)w->width, kernel_w = (size_t)w->kernel_w;
    for (int oh = 0; oh < w->out_h; oh++)
        for (int ow = 0; ow < w->out_w; ow++, y += OC_MAP, place += OC_MAP) {
            const oc_patch p = oc_window_patch(w, oh, ow);
            const float *from = x + patch_pixel(&p, w) * OC_MAP;
            if (is_whole(&p, w, 3))
                patch_largest(from, width, 3, 3, 0, 3, y, place);
            else
                patch_largest(from, width, (size_t)(p.bottom - p.top), (size_t)(p.right - p.left),
                              patch_place(&p, w), kernel_w, y, place);
        }
}

static size_t pixels_in(const oc_window *w)
{
    return (size_t)w->height * (size_t)w->width;
}

static size_t pixels_out(const oc_window *w)
{
    return (size_t)w->out_h * (size_t)w->out_w;
}

static void max_pool(const oc_window *w, size_t maps, const float *x, float *y, uint16_t *place)
{
    const int quick = halves(w);
    for (size_t m = 0; m < maps; m++, x += pixels_in(w) * OC_MAP) {
        if (quick)
            halve_map(w, x, y, place);
        else
            pool_map(w, x, y, place);
        y += pixels_out(w) * OC_MAP;
        place += pixels_out(w) * OC_MAP;
    }
}

/* dy to the winner of a patch, and with `add` to what is there; else 0 to the others. */
INSTANCE void patch_spread(const uint16_t *winner, const float *dy, size_t width, size_t rows,
                           size_t columns, size_t place, size_t kernel_w, int add, float *dx)
{
    UNROLLED(4)
    for (size_t part = 0; part < PARTS; part++) {
        const vec at = vec_take_numbers(winner + part * LANES), g = vec_load(dy + part * LANES);
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++) {
                float *to = dx + (r * width + c) * OC_MAP + part * LANES;
                const vec_mask won = vec_equal(at, vec_set((float)(place + r * kernel_w + c)));
                vec mine = vec_select(won, g, vec_set(0));
                if (add)
                    mine = mine + vec_load(to);
                vec_store(to, mine);
            }
    }
}

static void halve_map_backward(const oc_window *w, const uint16_t *place, const float *dy,
                               float *dx)
{
    const size_t width = (size_t)w->width;
    for (int oh = 0; oh < w->out_h; oh++, dx += 2 * width * OC_MAP)
        for (size_t ow = 0; ow < (size_t)w->out_w; ow++, dy += OC_MAP, place += OC_MAP)
            patch_spread(place, dy, width, 2, 2, 0, 2, 0, dx + 2 * ow * OC_MAP);
}

/* Large windows: lane by lane, there is one winner among many places. */
INSTANCE void patch_scatter(const oc_window *w, const oc_patch *p, const uint16_t *winner,
                            const float *dy, float *dx)
{
    for (size_t c = 0; c < OC_MAP; c++) {
        const int row = p->first_row + winner[c] / w->kernel_w;
        const int column = p->first_column + winner[c] % w->kernel_w;
        dx[((size_t)row * (size_t)w->width + (size_t)column) * OC_MAP + c] += dy[c];
    }
}

static void pool_map_backward(const oc_window *w, int once, const uint16_t *place, const float *dy,
                              float *dx)
{
    enum { FEW = 16 };
    const size_t width = (size_t)w->width, kernel_w = (size_t)w->kernel_w;
    const int few = w->kernel_w <= FEW && w->kernel_h <= FEW / w->kernel_w;
    if (!once)
        memset(dx, 0, pixels_in(w) * OC_MAP * sizeof *dx);
    for (int oh = 0; oh < w->out_h; oh++)
        for (int ow = 0; ow < w->out_w; ow++, dy += OC_MAP, place += OC_MAP) {
            const oc_patch p = oc_window_patch(w, oh, ow);
            const size_t rows = (size_t)(p.bottom - p.top), columns = (size_t)(p.right - p.left);
            float *to = dx + patch_pixel(&p, w) * OC_MAP;
            if (once)
                patch_spread(place, dy, width, rows, columns, patch_place(&p, w), kernel_w, 0, to);
            else if (is_whole(&p, w, 3))
                patch_spread(place, dy, width, 3, 3, 0, 3, 1, to);
            else if (few)
                patch_spread(place, dy, width, rows, columns, patch_place(&p, w), kernel_w, 1, to);
            else
                patch_scatter(w, &p, place, dy, dx);
        }
}

static void max_pool_backward(const oc_window *w, size_t maps, const uint16_t *place,
                              const float *dy, float *dx)
{
    const int once = oc_window_tiles(w), quick = once && halves(w);
    for (size_t m = 0; m < maps; m++, dx += pixels_in(w) * OC_MAP) {
        if (quick)
            halve_map_backward(w, place, dy, dx);
        else
            pool_map_backward(w, once, place, dy, dx);
        dy += pixels_out(w) * OC_MAP;
        place += pixels_out(w) * OC_MAP;
    }
}

static void avg_pool(const oc_window *w, size_t maps, const float *x, float *y)
{
    const size_t width = (size_t)w->width;
    for (size_t m = 0; m < maps; m++, x += pixels_in(w) * OC_MAP)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++, y += OC_MAP) {
                const oc_patch p = oc_window_patch(w, oh, ow);
                const float *from = x + patch_pixel(&p, w) * OC_MAP;
                const vec share = vec_set(1.0f / (float)p.area);
                for (size_t part = 0; part < OC_MAP; part += LANES) {
                    vec total = vec_set(0);
                    for (int h = p.top; h < p.bottom; h++)
                        for (int v = p.left; v < p.right; v++)
                            total = total +
                                    vec_load(from + part +
                                             ((size_t)(h - p.top) * width + (size_t)(v - p.left)) *
                                                 OC_MAP);
                    vec_store(y + part, total * share);
                }
            }
}

static void avg_pool_backward(const oc_window *w, size_t maps, const float *dy, float *dx)
{
    const size_t width = (size_t)w->width;
    const int once = oc_window_tiles(w);
    if (!once)
        memset(dx, 0, maps * pixels_in(w) * OC_MAP * sizeof *dx);
    for (size_t m = 0; m < maps; m++, dx += pixels_in(w) * OC_MAP)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++, dy += OC_MAP) {
                const oc_patch p = oc_window_patch(w, oh, ow);
                const vec share = vec_set(1.0f / (float)p.area);
                for (size_t part = 0; part < OC_MAP; part += LANES) {
                    const vec mine = vec_load(dy + part) * share;
                    for (int h = p.top; h < p.bottom; h++)
                        for (int v = p.left; v < p.right; v++) {
                            float *to = dx + ((size_t)h * width + (size_t)v) * OC_MAP + part;
                            if (once)
                                vec_store(to, mine);
                            else
                                vec_store(to, vec_load(to) + mine);
                        }
                }
            }
}

static void map_mean(size_t pixels, const float *x, float *mean)
{
    const float zero[OC_MAP] = {0};
    double total[OC_MAP] = {0};
    for (size_t p = 0; p < pixels; p += RUN) {
        const run r = {1, least(RUN, pixels - p), 0};
        float sums[OC_MAP];
        run_sum(&r, x + p * OC_MAP, zero, 0, 1, OC_MAP, sums);
        for (size_t c = 0; c < OC_MAP; c++)
            total[c] += (double)sums[c];
    }
    for (size_t c = 0; c < OC_MAP; c++)
        mean[c] = (float)(total[c] / (double)pixels);
}

/* Stretch by stretch, because places are 16 bits wide. */
static void map_largest(size_t pixels, const float *x, float *largest, int32_t *pixel)
{
    enum { STRETCH = OC_LARGEST_POOL / 2 };
    for (size_t first = 0; first < pixels; first += STRETCH) {
        float best[OC_MAP];
        uint16_t at[OC_MAP];
        const size_t count = least(STRETCH, pixels - first);
        patch_largest(x + first * OC_MAP, count, 1, count, 0, count, best, at);
        for (size_t c = 0; c < OC_MAP; c++)
            if (first == 0 || (!isnan(largest[c]) && !(best[c] <= largest[c]))) {
                largest[c] = best[c];
                pixel[c] = (int32_t)(first + at[c]);
            }
    }
}

#endif
