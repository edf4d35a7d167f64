/* layer.h - one operator of a network: shape rule, initial values, forward, backward.
 *
 * A layer owns no numbers. It says at plan time what it needs (parameters, running state,
 * memory between forward and backward) and gets views of it in an oc_pass. Forward and
 * backward work on one shard and cannot fail. */
#ifndef OC_LAYERS_LAYER_H
#define OC_LAYERS_LAYER_H

#include "base/random.h"
#include "kernels/conv.h"
#include "kernels/kernels.h"
#include "tensor/tensor.h"

typedef enum oc_layer_kind {
#define OC_LAYER(kind, name) OC_LAYER_##kind,
#include "layers/layers.def"
#undef OC_LAYER
    OC_LAYER_COUNT
} oc_layer_kind;

enum { OC_LAYER_NAME = 32, OC_LAYER_TENSORS = 2 };

/* A tensor that belongs to a layer: a parameter, or running state. */
typedef struct oc_layer_tensor {
    const char *name; /* "weight" */
    oc_shape shape;
    int is_weight; /* weight decay applies; 0 for biases and normalisation */
    size_t offset; /* in floats from the start of this layer's block */
} oc_layer_tensor;

typedef struct oc_layer_config {
    int channels;                /* conv2d: output channels; linear: outputs */
    int kernel[2];               /* conv2d, pools: height, width */
    int stride[2];               /* conv2d, pools */
    int pad[2];                  /* conv2d, pools */
    int no_bias;                 /* conv2d, linear */
    oc_conv_algorithm algorithm; /* conv2d */
    double probability;          /* dropout: of zeroing */
    double epsilon, rate;        /* batch_norm: added to the variance; running average's step */
} oc_layer_config;

typedef struct oc_layer_ops oc_layer_ops;

typedef struct oc_layer {
    const oc_layer_ops *ops;
    char name[OC_LAYER_NAME]; /* "conv1" */
    oc_layer_config config;
    uint32_t index;   /* position in the network: part of random keys */
    oc_shape in, out; /* of one sample */
    oc_window window; /* conv2d, pools */
    oc_conv conv;     /* conv2d */
    oc_layer_tensor parameter[OC_LAYER_TENSORS];
    int parameters;
    oc_layer_tensor state[OC_LAYER_TENSORS];
    int states;
    size_t parameter_count, state_count;  /* floats of this layer's blocks, aligned */
    size_t saved_per_sample, saved_fixed; /* floats kept from forward to backward */
    size_t prepared;                      /* floats that prepare writes */
    size_t scratch;                       /* floats used inside one call */
    int in_place;                         /* y may be x, dx may be dy */
} oc_layer;

/* One shard on its way through one layer. Unused members are NULL. */
typedef struct oc_pass {
    int training;           /* else: evaluation, running statistics, no dropout */
    int n;                  /* samples */
    const float *x;         /* (n, in) */
    float *y;               /* (n, out); in backward what forward left there */
    const float *dy;        /* (n, out) */
    float *dx;              /* (n, in); NULL when nobody needs it */
    const float *parameter; /* this layer's block */
    const float *prepared;  /* what prepare made of the parameters */
    float *gradient;        /* same layout; backward adds to it */
    const float *state;     /* running statistics */
    float *statistics;      /* same layout; forward in training writes the shard's own */
    float *saved, *scratch;
    uint64_t seed;
    uint32_t epoch;
    const uint32_t *sample; /* (n) sample numbers in the data set, for random draws */
} oc_pass;

struct oc_layer_ops {
    const char *name;
    /* in, config, name are set: check, and fill the rest. OC_ERR_USAGE with the numbers. */
    oc_status (*plan)(oc_layer *layer);
    /* Initial parameters and state; NULL if there are none. `key` is of this layer alone. */
    void (*initialise)(const oc_layer *layer, oc_random_key key, float *parameter, float *state);
    void (*forward)(const oc_layer *layer, const oc_pass *pass);
    void (*backward)(const oc_layer *layer, const oc_pass *pass);
    /* What forward, and with `dx` backward with a dx, want to have of parameters that do not
     * change for a while: layer->prepared floats, for all shards and threads. NULL: nothing. */
    void (*prepare)(const oc_layer *layer, int dx, const float *parameter, float *prepared);
};

/* Local. Plan a layer for an input (of one sample). */
oc_status oc_layer_plan(oc_layer *layer, oc_layer_kind kind, const char *name, oc_shape in,
                        const oc_layer_config *config);

/* Local, for layers: append a tensor, aligned; returns nothing to free. */
void oc_layer_add_parameter(oc_layer *layer, const char *name, oc_shape shape, int is_weight);
void oc_layer_add_state(oc_layer *layer, const char *name, oc_shape shape);

/* Local, for layers: a window over the layer's (C, H, W) input from its config. */
oc_status oc_layer_fit_window(oc_layer *layer);

/* Local, for layers: parameter `slot` uniform in [-1, 1] / sqrt(fan_in), as PyTorch
 * initialises convolutions and linear layers (kaiming_uniform with a = sqrt(5)). */
void oc_layer_fill_uniform(const oc_layer *layer, oc_random_key key, int slot, size_t fan_in,
                           float *parameter);

#endif
