/* model_private.h - what the model families share, and their builders for model.c. */
#ifndef OC_MODELS_MODEL_PRIVATE_H
#define OC_MODELS_MODEL_PRIVATE_H

#include "models/model.h"

/* Append a model's layers; `depth` is that of models.def. OC_ERR_USAGE. */
typedef oc_status oc_model_builder(oc_network *network, const oc_model_config *config, int depth,
                                   int classes);

#define OC_MODEL(kind, name, build, depth, channels, side, classes) oc_model_builder build;
#include "models/models.def"
#undef OC_MODEL

/* One line of a model's table of layers. */
typedef struct oc_layer_row {
    oc_layer_kind kind;
    const char *name;
    oc_layer_config config;
    int skip; /* leave this row out */
} oc_layer_row;

/* Local. Append rows. */
oc_status oc_network_add_rows(oc_network *network, const oc_layer_row *rows, size_t count);

/* Local. Append rows, the first of which reads layer `from`; `prefix` goes before each name. */
oc_status oc_network_add_branch(oc_network *network, int from, const char *prefix,
                                const oc_layer_row *rows, size_t count);

/* Local. Append the layer "PREFIXadd", where the two branches of a block meet. */
oc_status oc_network_add_sum(oc_network *network, const char *prefix, int body, int shortcut);

/* Local. A convolution before batch-norm: padded to keep the size, no bias, He's weights. */
oc_layer_config oc_conv_config(int channels, int kernel, int stride);

/* Local. PyTorch's values: epsilon 1e-5, running average moves by 0.1. */
oc_layer_config oc_batch_norm_config(void);

/* Local. The same for the last one of a residual block, with nothing between it and the sum: with
 * zero_gamma its weights begin at 0. A relu in between would never let them go from there. */
oc_layer_config oc_last_batch_norm_config(int zero_gamma);

#endif
