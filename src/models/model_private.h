/* model_private.h - what the model families share, and their builders for model.c. */
#ifndef OC_MODELS_MODEL_PRIVATE_H
#define OC_MODELS_MODEL_PRIVATE_H

#include "models/model.h"

typedef oc_status oc_model_builder(oc_network *network, const oc_model_config *config, int classes);

#define OC_MODEL(kind, name, build) oc_model_builder build;
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

/* Local. PyTorch's values: epsilon 1e-5, running average moves by 0.1. */
oc_layer_config oc_batch_norm_config(void);

#endif
