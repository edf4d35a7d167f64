/* views.h - an image seen in several ways while it is evaluated, whose outputs are averaged:
 * test-time augmentation. */
#ifndef OC_RUN_VIEWS_H
#define OC_RUN_VIEWS_H

#include "models/network.h"
#include "storage/schema.h"
#include "tensor/tensor.h"

typedef enum oc_views {
    OC_VIEWS_ONE,      /* as it is */
    OC_VIEWS_MIRRORED, /* also mirrored, both alike */
    OC_VIEWS_SHIFTED   /* both also moved by one pixel down and right, and up and left, edges
                        * mirrored: half of the weight is of these four (Jordan 2024) */
} oc_views;

/* One of them. Weights add up to 1; the first is the image as it is. */
typedef struct oc_view {
    float weight;
    int down, right; /* pixels */
    int mirrored;    /* after that, left to right */
} oc_view;

/* Local. The views, and how many there are. */
const oc_view *oc_views_of(oc_views kind, int *count);

/* Local, no allocation. Images (n, C, H, W), shape (C, H, W), as a view shows them; `to` is not
 * `from`. */
void oc_view_images(const oc_view *view, oc_shape shape, int n, const float *from, float *to);

/* Local. OC_ERR_USAGE of rows of a table (C, 1, 1), which have no other views; `what` names them.
 */
oc_status oc_views_check(oc_views kind, const oc_schema *schema, const char *what);

/* Local, no allocation. The network's outputs (n, classes) for shard->images, prepared, as the
 * mean of the views: the network's own if there is one view, else in `outputs`. `images` is room
 * for n images. */
const float *oc_views_forward(oc_views kind, const oc_network *network, oc_workspace *workspace,
                              const oc_shard *shard, const float *parameters, const float *state,
                              float *images, float *outputs);

#endif
