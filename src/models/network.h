/* network.h - a graph of layers, and the memory one shard needs to go through it.
 *
 * A network is a plan: shapes, which outputs each layer reads, and where each layer's numbers
 * lie in the flat blocks of parameters and state. It holds no numbers itself. Layers stand in
 * an order in which each reads only what comes before it; forward goes in that order, backward
 * against it. Images come plain, (C, H, W) row by row; what layers hand on lies in blocks of
 * channels (tensor.h), and so do the images for a layer that wants them so. All shape errors
 * surface while it is built; forward and backward cannot fail. */
#ifndef OC_MODELS_NETWORK_H
#define OC_MODELS_NETWORK_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/profile.h"
#include "layers/layer.h"

enum { OC_MAX_LAYERS = 1024 };
enum { OC_NETWORK_INPUT = -1, OC_NETWORK_NONE = -2 }; /* in place of a layer's index */

/* How a network computes, beside what. All zeros: as it thinks best. */
typedef struct oc_network_options {
    int conv;       /* oc_conv_algorithm of each conv2d that names none, if it can do its shape */
    int low_memory; /* compute outputs of batch_norm again in backward instead of keeping them */
    int bare_relu;  /* no layer does a relu for the next one; to compare with */
} oc_network_options;

typedef struct oc_network {
    oc_network_options options; /* to be set before the first layer */
    oc_shape input;             /* of one sample: (C, H, W) */
    oc_layer *layer;            /* `layers` of them */
    int layers;
    int (*from)[OC_LAYER_INPUTS]; /* whose outputs each layer reads; or OC_NETWORK_INPUT */
    int *learns; /* has the layer parameters, or some layer before it? Else backward skips it */
    size_t *parameter_offset; /* of each layer's block, in floats */
    size_t *state_offset;
    size_t parameter_count; /* floats in the flat blocks, alignment included */
    size_t state_count;
    size_t *prepared_offset; /* of each layer's prepared parameters, in floats */
    size_t prepared_count;
} oc_network;

/* One tensor of a network, as checkpoints and hashes see it. */
typedef struct oc_network_tensor {
    char name[2 * OC_LAYER_NAME]; /* "conv1.weight" */
    oc_shape shape;
    size_t offset; /* in floats, in the flat block */
    int is_weight;
} oc_network_tensor;

/* Local. An empty network for samples of a shape. Owned until oc_network_destroy. */
oc_status oc_network_create(oc_network **network, oc_shape input);
void oc_network_destroy(oc_network *network); /* NULL-safe */

/* Local. Append a layer that reads the one before it. Shape errors and names that are taken
 * are OC_ERR_USAGE and name it; config NULL is all zeros. */
oc_status oc_network_add(oc_network *network, oc_layer_kind kind, const char *name,
                         const oc_layer_config *config);

/* Local. Append a layer that reads the outputs of earlier layers by index (one of them may be
 * OC_NETWORK_INPUT). Likewise. */
oc_status oc_network_add_from(oc_network *network, oc_layer_kind kind, const char *name,
                              const oc_layer_config *config, const int *from, int inputs);

/* Local. The last layer's index, OC_NETWORK_INPUT if there is none; the index of a name or
 * OC_NETWORK_NONE. */
int oc_network_last(const oc_network *network);
int oc_network_find(const oc_network *network, const char *name);

/* Local. The first layer from number `layer` on whose weights come from the training images
 * (OC_INITIAL_WHITEN); or OC_NETWORK_NONE. */
int oc_network_whitens(const oc_network *network, int layer);

/* Local. To be asked when the network is whole: OC_ERR_USAGE if there is no layer, a layer other
 * than the last that nobody reads, or one that whitens what are not the images. */
oc_status oc_network_check(const oc_network *network);

/* Local. When the network is whole, at most once: a layer that can (oc_layer_ops.fuses_relu) also
 * does the relu that alone reads it. That one stays in its place, as a view; behind a layer that
 * only passes its gradient on it goes on masking it. Same bits as without. */
void oc_network_fuse(oc_network *network);

/* Local. The layer that does this one's work, by oc_network_fuse; or OC_NETWORK_NONE. */
int oc_network_fused_into(const oc_network *network, int layer);

/* Local. The shape of one sample's output: blocked if it has three dimensions. */
oc_shape oc_network_output(const oc_network *network);

/* Local. Multiply-adds of one sample's forward pass, as papers count them: of products only. */
double oc_network_multiply_adds(const oc_network *network);

/* Local. How many parameter (state) tensors, and the i-th in network order. */
int oc_network_parameters(const oc_network *network);
int oc_network_states(const oc_network *network);
oc_network_tensor oc_network_parameter(const oc_network *network, int i);
oc_network_tensor oc_network_state(const oc_network *network, int i);

/* Local. Parameters without alignment: what papers count. */
size_t oc_network_size(const oc_network *network);

/* Local. Initial numbers, a pure function of the seed. */
void oc_network_initialise(const oc_network *network, uint64_t seed, float *parameters,
                           float *state);

/* Local. XXH3-128 over all parameter tensors, then all state tensors, in network order: their
 * float32 bytes row by row, no names, no padding (docs/FORMATS.md). OC_ERR_INTERNAL. */
oc_status oc_network_hash(const oc_network *network, const float *parameters, const float *state,
                          oc_digest *digest);

/* Local. Make sure that so many threads can compute with it at a time. OC_ERR_MEMORY. */
oc_status oc_network_reserve(const oc_network *network, int threads);

typedef enum oc_workspace_use { OC_FOR_TRAINING, OC_FOR_EVALUATION } oc_workspace_use;

/* Bytes of a workspace, for people. Without sharing it would be the sum of the parts. */
typedef struct oc_memory_use {
    size_t total;     /* what is allocated */
    size_t outputs;   /* of all layers that have their own */
    size_t anew;      /* those that backward computes again */
    size_t saved;     /* from forward to backward, besides outputs */
    size_t gradients; /* with respect to outputs */
    size_t scratch;   /* inside one call */
} oc_memory_use;

/* Local. What a workspace would need; nothing is allocated but the plan. OC_ERR_USAGE if it is
 * more than an address can hold, OC_ERR_INTERNAL. */
oc_status oc_workspace_measure(const oc_network *network, int max_n, oc_workspace_use use,
                               oc_memory_use *memory);

/* What backward does with the gradient of one input of one layer. */
typedef struct oc_gradient_step {
    float *dx;          /* where the layer writes; NULL: not wanted, or dy itself will do */
    const float *added; /* other readers' gradients so far, dx or dy is added to; or NULL */
    const float *fresh; /* what is added: dx or dy */
    float *sum;         /* to here; may be either of them */
} oc_gradient_step;

/* Memory for shards of up to max_n samples, one or several side by side, on their way through a
 * network, planned once by liveness: what nobody looks at any more is overwritten (memory_plan.h).
 * Pointers are those of the first shard, the others' lie behind it (oc_workspace_apart). */
typedef struct oc_workspace {
    oc_arena arena;
    int shards, max_n;
    int one_by_one; /* no layer takes shards together: they need not be a node of the tree of sums.
                     * 0 unless set */
    oc_memory_use memory;
    float *input;   /* the images in blocks, if a layer reads them so */
    float **output; /* of each layer, (n, out), while somebody may read it */
    float **again;  /* of each layer: likewise in backward, where it may have been made anew */
    int *anew;      /* of each layer: before whose backward; or OC_NETWORK_NONE */
    float **saved;  /* of each layer */
    float **dy;     /* of each layer, (n, out); NULL if backward does not work on it */
    oc_gradient_step (*gradient)[OC_LAYER_INPUTS]; /* of each layer */
    float *scratch;
    float *prepared; /* flat, see oc_network_prepare */
    /* NULL, or at least 2 * layers rows, not owned: row 2 i takes the time of layer i forward,
     * row 2 i + 1 backward, sums of gradients included. */
    oc_profile *profile;
} oc_workspace;

/* Local. Plan and allocate; a workspace for evaluation takes much less and knows no backward.
 * OC_ERR_USAGE with the numbers if it is more than this machine's memory, OC_ERR_INTERNAL. */
oc_status oc_workspace_create(oc_workspace *workspace, const oc_network *network, int max_n,
                              oc_workspace_use use);

/* Local. Likewise, for `shards` side by side; prepared parameters (see oc_network_prepare) are
 * those of `owner`, which must live longer, unless that is NULL. */
oc_status oc_workspace_create_beside(oc_workspace *workspace, const oc_network *network, int shards,
                                     int max_n, oc_workspace_use use, const oc_workspace *owner);
void oc_workspace_destroy(oc_workspace *workspace); /* safe on a zeroed one */

/* Local, no allocation. Put the parameters into the form that layers compute with, once for all
 * passes until they change; with `training`, for backward too. */
void oc_network_prepare(const oc_network *network, oc_workspace *workspace, int training,
                        const float *parameters);

/* Local, no allocation. Part 0 .. parts - 1 of that: layers of about the same size together. Parts
 * may be done by different threads at the same time. */
void oc_network_prepare_part(const oc_network *network, oc_workspace *workspace, int training,
                             const float *parameters, int part, int parts);

/* Gradients, flat. `left`: NULL, or those that they will be added to first: layers that can, do. */
typedef struct oc_gradient_place {
    float *gradients, *left;
} oc_gradient_place;

enum { OC_ALL_SHARDS = -1 };

/* Where the gradients of shards are added up while backward goes on: a layer's gradients are in
 * the cache when they have just been written. Those of shards side by side are written and handed
 * over one after the other, layer by layer, so that their places may be the same; or, by layers
 * that can, their sum is. */
typedef struct oc_gradient_sum {
    const oc_gradient_place *shard; /* of each */
    oc_gradient_place all;          /* of the sum of all; of one shard the same as its own */
    /* Gradients [first, first + count) of a shard, or of OC_ALL_SHARDS, are final; `added`: to
     * `left`, and not written. NULL: nobody wants to know. */
    void (*ready)(void *data, int shard, size_t first, size_t count, int added);
    void *data;
} oc_gradient_sum;

/* What a layer need not do in training because its parameters are frozen; bits. */
typedef enum oc_layer_mode {
    OC_LAYER_HELD =
        1, /* batch_norm: computes with its running statistics, and has no others to tell */
    OC_LAYER_IDLE = 2 /* nothing at or before it is trained: no backward, gradients are zeros */
} oc_layer_mode;

/* What one shard brings along. */
typedef struct oc_shard {
    int n;
    const float *images;    /* (n, C, H, W) */
    const uint32_t *sample; /* (n), may be NULL in evaluation */
    uint64_t seed;
    uint32_t epoch;
    int training;
    int prepared; /* oc_network_prepare has been called for these parameters; else forward does */
    const unsigned char *mode; /* (layers) of oc_layer_mode, for training; NULL: all zeros */
    double *sums;              /* with oc_network_measure: see there */
    const double *joined;
    double joined_n;
} oc_shard;

/* Local, no allocation. Outputs (n, classes), valid until the next call. `statistics` (flat
 * like state) receives the shard's batch statistics in training; may be NULL otherwise, and
 * both may be NULL for a network without state. */
const float *oc_network_forward(const oc_network *network, oc_workspace *workspace,
                                const oc_shard *shard, const float *parameters, const float *state,
                                float *statistics);

/* Local, no allocation. Likewise, of `count` shards side by side, layer by layer, so that weights
 * are read once for all where layers can; the same bits as one after the other. `statistics`: of
 * each shard. Their modes are the same. */
void oc_network_forward_shards(const oc_network *network, oc_workspace *workspace,
                               const oc_shard *shards, int count, const float *parameters,
                               const float *state, float *const *statistics);

/* Local. The outputs of a shard, (n, classes), after forward; and the memory for the gradient with
 * respect to them, to be filled between forward and backward. */
const float *oc_network_outputs(const oc_network *network, const oc_workspace *workspace,
                                int shard);
float *oc_network_output_gradient(const oc_network *network, const oc_workspace *workspace,
                                  int shard);

/* Local, no allocation. After forward in training of one shard: writes all of `gradients` (flat
 * like parameters). */
void oc_network_backward(const oc_network *network, oc_workspace *workspace, const oc_shard *shard,
                         const float *parameters, float *gradients);

/* Local, no allocation. After oc_network_forward_shards in training, of as many: all gradients into
 * sum's places, last layer first. A power of two of shards. */
void oc_network_backward_shards(const oc_network *network, oc_workspace *workspace,
                                const oc_shard *shards, int count, const float *parameters,
                                const oc_gradient_sum *sum);

/* Layers [first, last). */
typedef struct oc_layer_range {
    int first, last;
} oc_layer_range;

/* Local, no allocation. The two of them part by part, forward from the first layer to the last and
 * then backward, prepared before. What is between the parts is up to the caller: for layers that
 * compute with numbers of several shards (oc_layer_ops.measure) such a layer is measured, then a
 * part begins with it, and backward ends with it. */
void oc_network_forward_part(const oc_network *network, oc_workspace *workspace,
                             const oc_shard *shards, int count, const float *parameters,
                             const float *state, float *const *statistics, oc_layer_range part);
void oc_network_backward_part(const oc_network *network, oc_workspace *workspace,
                              const oc_shard *shards, int count, const float *parameters,
                              const oc_gradient_sum *sum, oc_layer_range part);

/* Local, no allocation. Is there something to measure of a layer (`back`: before its backward), in
 * a step with these modes? Then: of each shard, its layer->sums doubles into shard.sums, which stay
 * there for backward. In the part that follows shard.joined is what became of those of several
 * shards, with joined_n samples; NULL: each shard is alone. */
int oc_network_measures(const oc_network *network, const unsigned char *mode, int layer, int back);
void oc_network_measure(const oc_network *network, oc_workspace *workspace, const oc_shard *shards,
                        int count, const float *parameters, int layer, int back);

#endif
