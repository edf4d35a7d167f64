/* dense_passes.h - the gradient of the weights of fully connected layers, of one shard or several
 * side by side. Included by dense_body.h alone. */
#ifndef OC_KERNELS_DENSE_DENSE_PASSES_H
#define OC_KERNELS_DENSE_DENSE_PASSES_H

/* to += from, whole tiles. */
INLINE void add_tile(int rows, const float *from, float *to)
{
    for (int i = 0; i < rows * PANEL; i += LANES)
        vec_store(to + i, vec_load(to + i) + vec_load(from + i));
}

/* to = from, or to + from in one rounding; from: [rows][PANEL], of which `columns` exist. */
INLINE void store_tile(int rows, int columns, const float *from, int add, size_t to_row, float *to)
{
    for (int r = 0; r < rows; r++, from += PANEL, to += to_row) {
        if (columns == PANEL) {
            UNROLLED(4)
            for (int c = 0; c < PANEL; c += LANES)
                if (add)
                    vec_store(to + c, vec_load(to + c) + vec_load(from + c));
                else
                    vec_store(to + c, vec_load(from + c));
            continue;
        }
        for (int c = 0; c < columns; c++)
            to[c] = add ? to[c] + from[c] : from[c];
    }
}

/* The products of each shard are one sum; the shards' sums are added in the order of their tree,
 * as a binary counter does, while they are in the first-level cache. */
static void tile_of_shards(int shards, int rows, tile_job *j, const float *left, float *sums)
{
    enum { TILE = MOST_ROWS * PANEL };
    const float *const panel = j->panel;
    const size_t n = (size_t)j->k;
    int depth = 0;
    for (int shard = 0; shard < shards; shard++) {
        const int odd = shard & 1;
        float *to = sums + (odd ? depth - 1 : depth) * TILE;
        j->panel = panel + (size_t)shard * n * PANEL;
        gradient_kernels[rows - 1](j, left + (size_t)shard * n * (size_t)rows, odd ? to : NULL, to);
        depth += !odd;
        for (int pairs = (shard + 1) >> 1; odd && !(pairs & 1); pairs >>= 1, depth--)
            add_tile(rows, sums + (depth - 1) * TILE, sums + (depth - 2) * TILE);
    }
    j->panel = panel;
}

/* Outputs in tiles of about equal height: `low` of `rows`, then those with one more. */
typedef struct tiling {
    int tiles, rows, low;
} tiling;

INLINE tiling tiles_of(int outputs)
{
    const int tiles = (outputs + MOST_ROWS - 1) / MOST_ROWS;
    return (tiling){tiles, outputs / tiles, tiles - outputs % tiles};
}

INLINE int tile_begin(const tiling *all, int t)
{
    return t * all->rows + (t > all->low ? t - all->low : 0);
}

/* Floats of a packed tile: with room behind it for a vector where there are but a few rows. */
INLINE size_t packed_tile(int all)
{
    return (size_t)all * MOST_ROWS + 16;
}

/* The outputs of tiles [t, end) of all samples -> [tile][shard][sample][rows]: as they are, each
 * sample's would lie in a cache line of its own, often of the same cache set. */
static void pack_outputs(const oc_dense_rows *r, int samples, int outputs, int t, int end,
                         const float *dy, float *left)
{
    const tiling by = tiles_of(outputs);
    const int all = samples * r->shards;
    for (int i = 0; i < all; i++) {
        const float *from =
            dy + (size_t)(i / samples) * r->y_next + (size_t)(i % samples) * (size_t)outputs;
        for (int k = t; k < end; k++) {
            const int o = tile_begin(&by, k), rows = tile_begin(&by, k + 1) - o;
            float *to = left + (size_t)(k - t) * packed_tile(all) + (size_t)i * (size_t)rows;
            if (LANES >= MOST_ROWS && o + LANES <= outputs)
                vec_store(to, vec_load(from + o)); /* what is too much is written over, or unread */
            else
                memcpy(to, from + o, (size_t)rows * sizeof *to);
        }
    }
}

/* `columns` inputs of all samples -> [shard][sample][PANEL]. The next ones are asked for: a cache
 * line a sample, which no processor foresees. */
static void pack_inputs(const oc_dense_rows *r, int samples, int inputs, int columns,
                        const float *x, float *panel)
{
    for (int shard = 0; shard < r->shards; shard++, x += r->x_next, panel += samples * PANEL) {
        for (int i = 0; i < samples && columns == PANEL; i++)
            __builtin_prefetch(x + (size_t)i * (size_t)inputs + PANEL, 0, 2);
        pack_plain(samples, columns, x, (size_t)inputs, panel);
    }
}

/* One tile of the gradient, `rows` by `columns`: from outputs and inputs as packed above. */
static void gradient_tile(int shards, int rows, int columns, size_t row, tile_job *j,
                          const float *left, int add, float *to)
{
    float sums[OC_DENSE_LEVELS * MOST_ROWS * PANEL];
    j->left_step = (size_t)rows;
    if (shards == 1) {
        panel_rows(gradient_kernels, rows, columns, 1, j, left, add ? to : NULL, to);
        return;
    }
    for (int r = 0; r < rows; r++) /* far behind in the cache */
        for (int c = 0; c < columns; c += 16)
            __builtin_prefetch(to + (size_t)r * row + c, 1);
    tile_of_shards(shards, rows, j, left, sums);
    store_tile(rows, columns, sums, add, row, to);
}

/* Tiles [t, end) of outputs, packed in `left`, by all inputs, a panel after the other. */
static void gradient_block(const oc_dense_rows *r, int samples, int outputs, int inputs, int t,
                           int end, const float *left, const float *x, int add, float *gradient,
                           float *panel)
{
    const tiling by = tiles_of(outputs);
    const int all = samples * r->shards;
    const size_t row = (size_t)inputs, to_row = r->shards > 1 ? PANEL : row;
    for (int i = 0; i < inputs; i += PANEL) {
        const int columns = smaller(PANEL, inputs - i);
        pack_inputs(r, samples, inputs, columns, x + i, panel);
        for (int k = t; k < end; k++) {
            const int o = tile_begin(&by, k);
            tile_job j = {.k = samples, .panel = panel, .base_row = to_row, .to_row = to_row};
            gradient_tile(r->shards, tile_begin(&by, k + 1) - o, columns, row, &j,
                          left + (size_t)(k - t) * packed_tile(all), add,
                          gradient + (size_t)o * row + i);
        }
    }
}

/* Outputs in blocks that stay in the second-level cache while the inputs pass by, a panel of
 * which stays in the first. */
static void weight_gradient(const oc_dense_rows *r, int outputs, int inputs, const float *x,
                            const float *dy, int add, float *gradient, float *scratch)
{
    const int tiles = tiles_of(outputs).tiles;
    float *const panel = scratch, *const left = scratch + OC_DENSE_ROWS * OC_DENSE_PANEL;
    for (int s = 0; s < r->n; s += OC_DENSE_SAMPLES) {
        const int samples = smaller(OC_DENSE_SAMPLES, r->n - s);
        const int block = (int)(OC_DENSE_ROOM / packed_tile(samples * r->shards));
        for (int t = 0; t < tiles; t += block) {
            const int end = smaller(t + block, tiles);
            pack_outputs(r, samples, outputs, t, end, dy + (size_t)s * (size_t)outputs, left);
            gradient_block(r, samples, outputs, inputs, t, end, left,
                           x + (size_t)s * (size_t)inputs, add || s > 0, gradient, panel);
        }
    }
}

#endif
