/* views.c - see views.h. */
#include "run/views.h"

const oc_view *oc_views_of(oc_views kind, int *count)
{
    static const oc_view mirrored[] = {{0.5f, 0, 0, 0}, {0.5f, 0, 0, 1}};
    static const oc_view shifted[] = {{0.25f, 0, 0, 0},  {0.25f, 0, 0, 1},    {0.125f, 1, 1, 0},
                                      {0.125f, 1, 1, 1}, {0.125f, -1, -1, 0}, {0.125f, -1, -1, 1}};
    static const oc_view one[] = {{1, 0, 0, 0}};
    *count = kind == OC_VIEWS_SHIFTED ? 6 : kind == OC_VIEWS_MIRRORED ? 2 : 1;
    return kind == OC_VIEWS_SHIFTED ? shifted : kind == OC_VIEWS_MIRRORED ? mirrored : one;
}

/* Place i of 0 .. size - 1, those beyond an edge mirrored at it. */
static int reflected(int i, int size)
{
    if (size == 1)
        return 0;
    return i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
}

void oc_view_images(const oc_view *view, oc_shape shape, int n, const float *from, float *to)
{
    const int height = shape.dim[1], width = shape.dim[2], maps = n * shape.dim[0];
    for (int map = 0; map < maps; map++)
        for (int y = 0; y < height; y++) {
            const size_t first = (size_t)map * (size_t)height;
            const float *row =
                from + (first + (size_t)reflected(y - view->down, height)) * (size_t)width;
            float *out = to + (first + (size_t)y) * (size_t)width;
            for (int x = 0; x < width; x++) {
                const int column = view->mirrored ? width - 1 - x : x;
                out[x] = row[reflected(column - view->right, width)];
            }
        }
}

oc_status oc_views_check(oc_views kind, const oc_schema *schema, const char *what)
{
    if (kind == OC_VIEWS_ONE || schema->height > 1 || schema->width > 1)
        return OC_OK;
    return oc_fail(OC_ERR_USAGE, "--%s: %s: rows of %d numbers, expected images",
                   kind == OC_VIEWS_MIRRORED ? "flip" : "tta", what, schema->channels);
}

const float *oc_views_forward(oc_views kind, const oc_network *network, oc_workspace *workspace,
                              const oc_shard *shard, const float *parameters, const float *state,
                              float *images, float *outputs)
{
    const float *own = oc_network_forward(network, workspace, shard, parameters, state, NULL);
    int views;
    const oc_view *const view = oc_views_of(kind, &views);
    if (views == 1)
        return own;
    const size_t count = (size_t)shard->n * oc_shape_count(oc_network_output(network));
    for (size_t i = 0; i < count; i++) /* the network forgets them in its next pass */
        outputs[i] = view[0].weight * own[i];
    oc_shard seen = *shard;
    seen.images = images;
    for (int v = 1; v < views; v++) {
        oc_view_images(&view[v], network->input, shard->n, shard->images, images);
        own = oc_network_forward(network, workspace, &seen, parameters, state, NULL);
        for (size_t i = 0; i < count; i++)
            outputs[i] += view[v].weight * own[i];
    }
    return outputs;
}
