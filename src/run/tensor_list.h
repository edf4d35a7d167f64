/* tensor_list.h - the tensors of a network under their names in a checkpoint. */
#ifndef OC_RUN_TENSOR_LIST_H
#define OC_RUN_TENSOR_LIST_H

#include "models/network.h"
#include "optimizers/optimizer.h"
#include "storage/checkpoint.h"

typedef struct oc_tensor_name {
    char text[2 * OC_LAYER_NAME];
} oc_tensor_name;

/* Views into the caller's blocks; must stay where it was made (names point into it). */
typedef struct oc_tensor_list {
    oc_named_tensor *tensor;
    size_t count;
    oc_tensor_name *name;
    char slot_group[OC_MAX_SLOTS][2 * OC_LAYER_NAME]; /* "optimizer/momentum" */
} oc_tensor_list;

/* Local. Groups "parameters" and "state"; with an optimizer_kind >= 0 also its slots.
 * OC_ERR_INTERNAL. */
oc_status oc_tensor_list_create(oc_tensor_list *list, const oc_network *network, float *parameters,
                                float *state, int optimizer_kind, float *const *slot);

/* Local. To a list made with room for them (optimizer_kind >= 0): what is trained, where the
 * network is an average: groups "training/parameters" and, unless `state` is NULL,
 * "training/state". */
void oc_tensor_list_add_trained(oc_tensor_list *list, const oc_network *network, float *parameters,
                                float *state);

/* Local. One more, as one row of `count` (up to INT_MAX) floats; up to OC_TENSOR_LIST_MORE of them.
 * `group` is not owned. */
enum { OC_TENSOR_LIST_MORE = 16 };
void oc_tensor_list_add(oc_tensor_list *list, const char *group, const char *name, float *floats,
                        size_t count);
void oc_tensor_list_free(oc_tensor_list *list); /* safe on a zeroed one */

#endif
