/* layer.h - one operator of a network: shape rule, initial values, forward, backward.
 *
 * A layer owns no numbers. It says at plan time what it needs (parameters, running state,
 * memory between forward and backward) and gets views of it in an oc_pass. Forward and
 * backward work on one shard and cannot fail.
 *
 * Feature maps (C, H, W) lie in blocks of 16 channels (tensor.h). Where there is no channel, x
 * and dy hold zeros, and a layer writes zeros to y and dx. */
#ifndef OC_LAYERS_LAYER_H
#define OC_LAYERS_LAYER_H

#include "base/random.h"
#include "kernels/conv/conv.h"
#include "kernels/dense/dense.h"
#include "kernels/kernels.h"
#include "tensor/tensor.h"

typedef enum oc_layer_kind {
#define OC_LAYER(kind, name) OC_LAYER_##kind,
#include "layers/layers.def"
#undef OC_LAYER
    OC_LAYER_COUNT
} oc_layer_kind;

enum { OC_LAYER_NAME = 32, OC_LAYER_TENSORS = 2, OC_LAYER_INPUTS = 8 };
enum { OC_MOST_WHITENED = 512 };                 /* values of a patch: OC_INITIAL_WHITEN */
enum { OC_MOST_SIDE_BY_SIDE = OC_DENSE_SHARDS }; /* shards */

/* What backward looks at again, besides dy and what the layer saved. */
enum { OC_READS_INPUT = 1, OC_READS_OUTPUT = 2 };

/* A tensor that belongs to a layer: a parameter, or running state. */
typedef struct oc_layer_tensor {
    const char *name; /* "weight" */
    oc_shape shape;
    int is_weight; /* weight decay applies; 0 for biases and normalisation */
    size_t offset; /* in floats from the start of this layer's block */
} oc_layer_tensor;

/* How weights begin; biases likewise with OC_INITIAL_UNIFORM, else at 0. */
typedef enum oc_initial {
    OC_INITIAL_UNIFORM, /* within 1/sqrt(fan-in), as PyTorch does by default */
    OC_INITIAL_HE,      /* normal, deviation sqrt(2/fan-in): He et al. 2015, "Delving deep" */
    OC_INITIAL_NORMAL,  /* normal, deviation from the config, as Caffe's gaussian filler */
    OC_INITIAL_DIRAC,   /* output i passes input i on (at a kernel's centre), those for which there
                         * is no input: uniform; biases 0 */
    OC_INITIAL_WHITEN   /* conv2d of the images: from the training images (run/whiten.h); uniform
                         * until these have been seen, biases 0 */
} oc_initial;

/* Members that a layer does not name are not looked at. */
typedef struct oc_layer_config {
    int channels;                /* conv2d, pad_channels: output channels; linear: outputs */
    int kernel[2];               /* conv2d, pools: height, width */
    int stride[2];               /* conv2d, pools, pad_channels */
    int pad[2];                  /* conv2d, pools */
    int ceil_mode;               /* pools: a last window may reach over the edge, as Caffe's do */
    int no_bias;                 /* conv2d, linear */
    oc_conv_algorithm algorithm; /* conv2d */
    int initial;                 /* conv2d, linear: oc_initial */
    double deviation;            /* conv2d, linear: OC_INITIAL_NORMAL's */
    int groups;                  /* group_norm */
    double probability;          /* dropout: of zeroing */
    double epsilon, rate;        /* batch_norm, group_norm: added to the variance, conv2d with
                                  * OC_INITIAL_WHITEN: to an eigenvalue; batch_norm: running average's
                                  * step */
    int zero_weight;             /* batch_norm: weights begin at 0, not at 1 */
    int no_scale;                /* batch_norm */
    double factor;               /* scale; leaky_relu: below 0 */
    int size;                    /* local_response_norm: side of the neighbourhood, odd */
    int within_channel;    /* local_response_norm: a square in the plane, else across channels */
    double alpha, beta, k; /* local_response_norm */
    int relu; /* layers whose ops say fuses_relu: y = max(y, 0) is done here. Set by the network */
} oc_layer_config;

typedef struct oc_layer_ops oc_layer_ops;

typedef struct oc_layer {
    const oc_layer_ops *ops;
    char name[OC_LAYER_NAME]; /* "conv1" */
    oc_layer_config config;
    uint32_t index;  /* position in the network: part of random keys */
    int inputs;      /* how many */
    union {          /* of one sample */
        oc_shape in; /* the first input: all there is for most layers */
        oc_shape ins[OC_LAYER_INPUTS];
    };
    oc_shape out;
    oc_window window;          /* conv2d, pools */
    oc_conv conv;              /* conv2d */
    const oc_dense_ops *dense; /* linear: NULL for the products of kernels.h */
    oc_layer_tensor parameter[OC_LAYER_TENSORS];
    int parameters;
    oc_layer_tensor state[OC_LAYER_TENSORS];
    int states;
    size_t parameter_count, state_count;  /* floats of this layer's blocks, aligned */
    size_t saved_per_sample, saved_fixed; /* floats kept from forward to backward */
    size_t prepared;                      /* floats that prepare writes */
    size_t scratch;                       /* floats used inside one call */
    size_t sums;         /* doubles that measure writes of a shard; 0: there are none */
    int backward_reads;  /* OC_READS_INPUT, OC_READS_OUTPUT */
    int multiplies;      /* by the products of kernels.h */
    int adds_up_to;      /* samples that pass->left is good for; 0: it is not */
    int side_by_side;    /* samples of several shards, each of adds_up_to or less, that a pass may
                          * have: see oc_layer_side_by_side. 0: one shard */
    int in_place;        /* y may be x, dx may be dy */
    int is_view;         /* y holds the numbers of x, unchanged */
    int passes_gradient; /* each dx holds the numbers of dy, unchanged */
} oc_layer;

/* One shard on its way through one layer. Unused members are NULL. */
typedef struct oc_pass {
    int training; /* else: evaluation, running statistics, no dropout */
    int held;  /* batch_norm in training: running statistics, as in evaluation; its own are zeros */
    int again; /* forward of a layer whose ops say repeats, once more before backward: `saved` is
                * what the first left, and y alone is written, the same bits */
    int n;     /* samples, of each shard */
    int shards; /* side by side, n samples of each, whose gradients are added as a complete tree; 0
                 * is 1, more only as oc_layer_side_by_side says */
    size_t x_next, y_next; /* floats from a shard's x (and dx) to the next one's, y (and dy) */
    union {
        const float *x; /* (n, in); in backward only if the layer reads it there */
        const float *xs[OC_LAYER_INPUTS]; /* of every input */
    };
    float *y;        /* (n, out); in backward what forward left there, if read there */
    const float *dy; /* (n, out) */
    union {
        float *dx; /* (n, in); NULL when nobody needs it */
        float *dxs[OC_LAYER_INPUTS];
    };
    const float *parameter; /* this layer's block */
    const float *prepared;  /* what prepare made of the parameters */
    float *gradient;        /* same layout; backward adds to it, or writes it (writes_gradient) */
    float *left;        /* NULL, or the gradient of another shard, with layer->adds_up_to: backward
                         * adds to it what it would write to `gradient`, in one rounding each;
                         * what `gradient` then holds does not matter */
    const float *state; /* running statistics */
    float *statistics;  /* same layout; forward in training writes the shard's own */
    float *saved, *scratch;
    double *sums;         /* what measure writes of this shard; backward with `joined` reads it */
    const double *joined; /* NULL, or the same of several shards, this one among them, for forward
                           * in training and for backward: they go by these */
    double joined_n;      /* samples of those shards */
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
    /* Training in step with other shards (oc_pass.joined), and layer->sums > 0: what forward, or
     * with `back` backward, has to know of the shard's n samples -> pass->sums; and `left`, of n
     * samples, becomes that of the `more` samples of `right`, too. NULL: each shard alone. */
    void (*measure)(const oc_layer *layer, const oc_pass *pass, int back);
    void (*join)(const oc_layer *layer, int back, double *left, double n, const double *right,
                 double more);
    /* Of forward on one sample; NULL if none are counted (only those of products are). */
    double (*multiply_adds)(const oc_layer *layer);
    /* The same as they are done, where that differs (oc_conv_work): forward, or backward with or
     * without dx. NULL: multiply_adds, and as many for each gradient. */
    double (*work)(const oc_layer *layer, int backward, int dx);
    int many_inputs; /* takes 2 to OC_LAYER_INPUTS inputs; else exactly one */
    int fuses_relu; /* knows config.relu. With it backward's dy is that of the clamped y: batch_norm
                     * masks it by what it computes from x again, without reading y; of `add` the
                     * relu layer masks it, and add's backward stays as it is */
    int repeats;    /* knows pass->again */
    int writes_gradient; /* backward writes the gradient of every parameter, and does not add */
    int takes_plain;     /* (C, H, W) row by row is good too; else feature maps come in blocks */
    /* What forward, and with `dx` backward with a dx, want to have of parameters that do not
     * change for a while: layer->prepared floats, for all shards and threads. NULL: nothing. */
    void (*prepare)(const oc_layer *layer, int dx, const float *parameter, float *prepared);
};

/* Local. Plan a layer for its inputs (of one sample); an output of three dimensions is blocked.
 * OC_ERR_USAGE; OC_ERR_INTERNAL for a plain (C, H, W) that the layer does not take. */
oc_status oc_layer_plan(oc_layer *layer, oc_layer_kind kind, const char *name, const oc_shape *in,
                        int inputs, const oc_layer_config *config);

/* Local. Does a kind take (C, H, W) row by row? */
int oc_layer_takes_plain(oc_layer_kind kind);

/* Local. The kind of a name or -1. */
int oc_layer_kind_find(const char *name);

/* Local. How many shards of n samples a pass may have at most: a power of two up to
 * OC_MOST_SIDE_BY_SIDE, 1 for a layer that takes them one by one. */
int oc_layer_side_by_side(const oc_layer *layer, int n);

/* Local, for layers: append a tensor, aligned; returns nothing to free. */
void oc_layer_add_parameter(oc_layer *layer, const char *name, oc_shape shape, int is_weight);
void oc_layer_add_state(oc_layer *layer, const char *name, oc_shape shape);

/* Local, for layers: a window over the layer's (C, H, W) input from its config. */
oc_status oc_layer_fit_window(oc_layer *layer);

/* Local, for layers: initial weight (slot 0) and bias (slot 1, if there is one) of a product with
 * this fan-in, as config.initial says. */
void oc_layer_fill(const oc_layer *layer, oc_random_key key, size_t fan_in, float *parameter);

/* Local. out = a + b, element by element; out may be a or b. */
void oc_layer_sum(size_t count, const float *a, const float *b, float *out);

#endif
