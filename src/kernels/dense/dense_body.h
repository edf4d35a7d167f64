/* dense_body.h - the products of fully connected layers, written once for any vector unit. A file
 * that makes an instance includes a vector_*.h first. The gradient of the weights is in
 * dense_passes.h. */
#ifndef OC_KERNELS_DENSE_DENSE_BODY_H
#define OC_KERNELS_DENSE_DENSE_BODY_H

#include "kernels/dense/dense.h"

#include <string.h>

enum {
    PANEL = PANEL_BLOCKS * 16, /* columns that a micro-kernel makes at once */
    PARTS = PANEL / LANES,     /* vectors of them */
    GROUP = 128,               /* columns, whole panels, whose weights for one sum stay in cache */
    SUM = 512 /* products in one sum in registers; longer sums are added in parts */
};

INLINE int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* What the tiles of one panel share; steps are in floats. */
typedef struct tile_job {
    int k;
    const float *panel; /* [k][PANEL] */
    const float *ahead; /* forward: what is asked for before it is read, [k][PANEL] too, or NULL */
    size_t left_row;    /* forward: from one row of the left side to the next; one k is 1 */
    size_t left_step;   /* gradient: from one k to the next; one row is 1 */
    size_t base_row;    /* from one row of what is added to the next; 0: the same for all */
    size_t to_row;
} tile_job;

/* `rows` rows by one panel: to = left * panel, + base unless it is NULL. With `ahead` a cache line
 * behind it for each k is asked for. */
INSTANCE void tile(const int rows, const tile_job *j, const size_t left_row, const size_t left_step,
                   const float *left, const float *ahead, const float *base, float *to)
{
    vec sum[MOST_ROWS][PARTS];
    UNROLLED(16)
    for (int r = 0; r < rows; r++) {
        UNROLLED(4)
        for (int p = 0; p < PARTS; p++)
            sum[r][p] = vec_set(0);
    }
    if (base && left_row == 1) { /* the gradient, far behind in the cache */
        UNROLLED(16)
        for (int r = 0; r < rows; r++) {
            UNROLLED(2)
            for (int p = 0; p < PANEL; p += 16)
                __builtin_prefetch(base + (size_t)r * j->base_row + p, 1);
        }
    }
    const float *panel = j->panel, *const end = panel + (size_t)j->k * PANEL;
    const float *from[(MOST_ROWS + 3) / 4]; /* of each four rows: few registers */
    for (int r = 0; r < rows; r += 4)
        from[r / 4] = left + (size_t)r * left_row;
    for (; panel < end; panel += PANEL) {
        if (ahead) {
            __builtin_prefetch(ahead, 0, 2); /* into the second-level cache */
            ahead += 16;
        }
        vec b[PARTS];
        UNROLLED(4)
        for (int p = 0; p < PARTS; p++)
            b[p] = vec_load(panel + p * LANES);
        UNROLLED(16)
        for (int r = 0; r < rows; r++) {
            const vec a = vec_set(from[r / 4][(size_t)(r % 4) * left_row]);
            UNROLLED(4)
            for (int p = 0; p < PARTS; p++)
                sum[r][p] = vec_fma(a, b[p], sum[r][p]);
        }
        UNROLLED(4)
        for (int r = 0; r < rows; r += 4)
            from[r / 4] += left_step;
    }
    const vec one = vec_set(1);
    UNROLLED(16)
    for (int r = 0; r < rows; r++) {
        UNROLLED(4)
        for (int p = 0; p < PARTS; p++) {
            const size_t at = (size_t)(p * LANES);
            vec result = sum[r][p];
            if (base)
                result = vec_fma(one, result, vec_load(base + (size_t)r * j->base_row + at));
            vec_store(to + (size_t)r * j->to_row + at, result);
        }
    }
}

/* An instance for each number of rows; those beyond what the unit makes are never called. */
#define TILE(rows)                                                                                 \
    static void forward_##rows(const tile_job *j, const float *left, const float *base, float *to) \
    {                                                                                              \
        tile(rows <= MOST_ROWS ? rows : 1, j, j->left_row, 1, left, j->ahead, base, to);           \
    }                                                                                              \
    static void gradient_##rows(const tile_job *j, const float *left, const float *base,           \
                                float *to)                                                         \
    {                                                                                              \
        tile(rows <= MOST_ROWS ? rows : 1, j, 1, j->left_step, left, NULL, base, to);              \
    }
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
TILE(13)
TILE(14)
#undef TILE

typedef void tile_kernel(const tile_job *j, const float *left, const float *base, float *to);

static tile_kernel *const forward_kernels[] = {
    forward_1, forward_2, forward_3,  forward_4,  forward_5,  forward_6,  forward_7,
    forward_8, forward_9, forward_10, forward_11, forward_12, forward_13, forward_14};

static tile_kernel *const gradient_kernels[] = {
    gradient_1, gradient_2, gradient_3,  gradient_4,  gradient_5,  gradient_6,  gradient_7,
    gradient_8, gradient_9, gradient_10, gradient_11, gradient_12, gradient_13, gradient_14};

/* A tile of a panel that is not full: through a copy, since what lies behind it in `to` is not
 * ours. */
static void part_tile(tile_kernel *kernel, int rows, int columns, const tile_job *j,
                      const float *left, const float *base, float *to)
{
    float whole[MOST_ROWS * PANEL] = {0};
    tile_job copy = *j;
    copy.to_row = PANEL;
    copy.base_row = PANEL;
    for (int r = 0; base && r < rows; r++)
        memcpy(whole + r * PANEL, base + (size_t)r * j->base_row, (size_t)columns * sizeof *base);
    kernel(&copy, left, base ? whole : NULL, whole);
    for (int r = 0; r < rows; r++)
        memcpy(to + (size_t)r * j->to_row, whole + r * PANEL, (size_t)columns * sizeof *to);
}

/* n rows by one panel of which `columns` exist, in tiles of about equal height. The first
 * ones ask for what comes ahead, a cache line a row of it each: else the first would wait for
 * memory while the others find all in the cache. */
static void panel_rows(tile_kernel *const *kernels, int n, int columns, size_t left_next,
                       tile_job *j, const float *left, const float *base, float *to)
{
    const int tiles = (n + MOST_ROWS - 1) / MOST_ROWS;
    for (int t = 0, row = 0; t < tiles; t++) {
        const int rows = (n - row) / (tiles - t);
        const float *a = left + (size_t)row * left_next;
        const float *b = base ? base + (size_t)row * j->base_row : NULL;
        float *c = to + (size_t)row * j->to_row;
        if (columns == PANEL)
            kernels[rows - 1](j, a, b, c);
        else
            part_tile(kernels[rows - 1], rows, columns, j, a, b, c);
        row += rows;
        if (j->ahead)
            j->ahead = (t + 1) * 16 < PANEL ? j->ahead + (size_t)j->k * 16 : NULL;
    }
}

/* Rows of a matrix to columns of one panel: [k][PANEL]. */
static void pack_transposed(int k, int columns, const float *b, size_t b_row, float *panel)
{
    for (int c = 0; c < PANEL; c += 16) {
        int i = 0;
        for (; c + 16 <= columns && i + 4 <= k; i += 4) {
            float block[4 * 16];
            take_16x4(b + (size_t)c * b_row + i, b_row, block);
            for (int r = 0; r < 4; r++)
                memcpy(panel + (i + r) * PANEL + c, block + 16 * r, 16 * sizeof *panel);
        }
        for (; i < k; i++)
            for (int o = c; o < c + 16; o++)
                panel[i * PANEL + o] = o < columns ? b[(size_t)o * b_row + (size_t)i] : 0.0f;
    }
}

/* Columns of a matrix to one panel. */
static void pack_plain(int k, int columns, const float *b, size_t b_row, float *panel)
{
    for (int i = 0; i < k; i++, b += b_row, panel += PANEL) {
        if (columns == PANEL) {
            memcpy(panel, b, PANEL * sizeof *panel);
        } else {
            memcpy(panel, b, (size_t)columns * sizeof *panel);
            memset(panel + columns, 0, (size_t)(PANEL - columns) * sizeof *panel);
        }
    }
}

static void pack(int k, int columns, int transposed, const float *b, float *panels)
{
    for (int c = 0; c < columns; c += PANEL, panels += (size_t)k * PANEL) {
        const int wide = smaller(PANEL, columns - c);
        if (transposed)
            pack_transposed(k, wide, b + (size_t)c * (size_t)k, (size_t)k, panels);
        else
            pack_plain(k, wide, b + c, (size_t)columns, panels);
    }
}

/* One part of the sums, for the columns [c, end) of one shard. */
static void apply_part(const oc_dense_rows *r, int k, int columns, int c, int end, int length,
                       int fetch, const float *x, const float *panels, const float *bias,
                       int is_first, float *y)
{
    for (; c < end; c += PANEL, panels += (size_t)k * PANEL) {
        tile_job j = {.k = length,
                      .panel = panels,
                      .ahead = fetch && c + PANEL < end ? panels + (size_t)k * PANEL : NULL,
                      .left_row = (size_t)k,
                      .base_row = is_first ? 0 : (size_t)columns,
                      .to_row = (size_t)columns};
        const float *base = !is_first ? y + c : bias ? bias + c : NULL;
        panel_rows(forward_kernels, r->n, smaller(PANEL, columns - c), (size_t)k, &j, x, base,
                   y + c);
    }
}

/* Panels in groups that stay in the second-level cache while all shards pass by, so that weights
 * are read from beyond it once and rows once a group. */
static void apply(const oc_dense_rows *r, int k, int columns, const float *x, const float *panels,
                  const float *bias, float *y)
{
    const int sums = (k + SUM - 1) / SUM;
    for (int c = 0; c < columns; c += GROUP) {
        const int end = smaller(c + GROUP, columns);
        for (int s = 0, done = 0; s < sums; s++) {
            const int length = (k - done) / (sums - s);
            for (int shard = 0; shard < r->shards; shard++)
                apply_part(r, k, columns, c, end, length, shard == 0,
                           x + (size_t)shard * r->x_next + done,
                           panels + (size_t)c * (size_t)k + (size_t)done * PANEL, bias, s == 0,
                           y + (size_t)shard * r->y_next);
            done += length;
        }
    }
}

#include "kernels/dense/dense_passes.h"

#endif
