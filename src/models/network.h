/* network.h - layers in a row, and the memory one shard needs to go through them.
 *
 * A network is a plan: shapes, and where each layer's numbers lie in the flat blocks of
 * parameters and state. It holds no numbers itself. All shape errors surface while it is
 * built; forward and backward cannot fail. */
#ifndef OC_MODELS_NETWORK_H
#define OC_MODELS_NETWORK_H

#include "base/arena.h"
#include "base/hash.h"
#include "layers/layer.h"

enum { OC_MAX_LAYERS = 512 };

typedef struct oc_network {
    oc_shape input;  /* of one sample: (C, H, W) */
    oc_layer *layer; /* `layers` of them */
    int layers;
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

/* Local. Append a layer; its shape errors are OC_ERR_USAGE and name it. */
oc_status oc_network_add(oc_network *network, oc_layer_kind kind, const char *name,
                         const oc_layer_config *config);

/* Local. The shape of one sample's output. */
oc_shape oc_network_output(const oc_network *network);

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

/* Memory for one shard of up to max_n samples on its way through a network. */
typedef struct oc_workspace {
    oc_arena arena;
    int max_n;
    float **output;     /* of each layer, (n, out); in-place layers share */
    float **saved;      /* of each layer */
    float *gradient[2]; /* with respect to outputs, in turn */
    float *scratch;
    float *prepared; /* flat, see oc_network_prepare */
} oc_workspace;

/* Local. Plan and allocate. OC_ERR_INTERNAL. */
oc_status oc_workspace_create(oc_workspace *workspace, const oc_network *network, int max_n);
void oc_workspace_destroy(oc_workspace *workspace); /* safe on a zeroed one */

/* Local, no allocation. Put the parameters into the form that layers compute with, once for all
 * passes until they change; with `training`, for backward too. */
void oc_network_prepare(const oc_network *network, oc_workspace *workspace, int training,
                        const float *parameters);

/* What one shard brings along. */
typedef struct oc_shard {
    int n;
    const float *images;    /* (n, C, H, W) */
    const uint32_t *sample; /* (n), may be NULL in evaluation */
    uint64_t seed;
    uint32_t epoch;
    int training;
    int prepared; /* oc_network_prepare has been called for these parameters; else forward does */
} oc_shard;

/* Local, no allocation. Outputs (n, classes), valid until the next call. `statistics` (flat
 * like state) receives the shard's batch statistics in training; may be NULL otherwise, and
 * both may be NULL for a network without state. */
const float *oc_network_forward(const oc_network *network, oc_workspace *workspace,
                                const oc_shard *shard, const float *parameters, const float *state,
                                float *statistics);

/* Local, no allocation. The memory for the gradient with respect to the outputs, (n, classes),
 * to be filled between forward and backward. */
float *oc_network_output_gradient(const oc_network *network, oc_workspace *workspace);

/* Local, no allocation. After forward in training: adds to `gradients` (flat like parameters). */
void oc_network_backward(const oc_network *network, oc_workspace *workspace, const oc_shard *shard,
                         const float *parameters, float *gradients);

#endif
