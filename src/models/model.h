/* model.h - networks by name (models.def): one file a family builds its layers. */
#ifndef OC_MODELS_MODEL_H
#define OC_MODELS_MODEL_H

#include "models/network.h"

typedef enum oc_model_kind {
#define OC_MODEL(kind, name, build, depth, channels, side, classes) OC_MODEL_##kind,
#include "models/models.def"
#undef OC_MODEL
    OC_MODEL_COUNT
} oc_model_kind;

enum { OC_MAX_HIDDEN = 16, OC_MAX_SPECS = 256 };

/* A layer as a recipe writes it. */
typedef struct oc_layer_spec {
    int kind; /* oc_layer_kind */
    char name[OC_LAYER_NAME];
    oc_layer_config config; /* linear: channels 0 stands for the classes */
    int inputs;
    int from[OC_LAYER_INPUTS]; /* places in the list; or OC_NETWORK_INPUT */
} oc_layer_spec;

typedef struct oc_model_config {
    int kind;                  /* oc_model_kind */
    int64_t classes;           /* 0: as many as the data set has */
    int hidden[OC_MAX_HIDDEN]; /* mlp: widths of the hidden layers */
    int hidden_count;
    double dropout; /* before the last layer; wide_resnet: in each block; 0 none */
    int batch_norm; /* after each hidden product; 0 or 1 */
    int zero_gamma; /* residual networks: a block's last batch_norm begins with weights of 0 */
    int64_t depth;  /* wide_resnet: layers with weights, 6 n + 4 */
    int64_t width;  /* wide_resnet: times the channels of a plain one */
    int layers;     /* layers: how many */
    oc_layer_spec layer[OC_MAX_SPECS];
} oc_model_config;

/* Local. Build the network of a configuration for samples of (C, H, W); options NULL is all zeros.
 * OC_ERR_USAGE with the layer and the numbers if it does not fit. Owned by the caller until
 * oc_network_destroy. */
oc_status oc_model_build(oc_network **network, const oc_model_config *config,
                         const oc_network_options *options, oc_shape input, int classes);

/* Local. The name in recipes; the kind of a name or -1. */
const char *oc_model_name(int kind);
int oc_model_find(const char *name);

/* Local. The images that papers train it on. */
oc_shape oc_model_usual_input(int kind);
int oc_model_usual_classes(int kind);

#endif
