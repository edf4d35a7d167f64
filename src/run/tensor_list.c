/* tensor_list.c - see tensor_list.h. */
#include "run/tensor_list.h"

#include <stdio.h>
#include <stdlib.h>

static void add_block(oc_tensor_list *list, const char *group, const oc_network *network, int count,
                      oc_network_tensor (*at)(const oc_network *network, int i), float *block)
{
    for (int i = 0; i < count; i++) {
        const oc_network_tensor tensor = at(network, i);
        char *name = list->name[list->count].text;
        snprintf(name, sizeof list->name->text, "%s", tensor.name);
        list->tensor[list->count++] =
            (oc_named_tensor){group, name, {block + tensor.offset, tensor.shape}};
    }
}

oc_status oc_tensor_list_create(oc_tensor_list *list, const oc_network *network, float *parameters,
                                float *state, int optimizer_kind, float *const *slot)
{
    const int count = oc_network_parameters(network), states = oc_network_states(network);
    const int slots = optimizer_kind < 0 ? 0 : oc_optimizer_slots(optimizer_kind);
    const size_t most =
        (size_t)count * (size_t)(2 + slots) + 2 * (size_t)states + OC_TENSOR_LIST_MORE;
    *list = (oc_tensor_list){.tensor = calloc(most, sizeof *list->tensor),
                             .name = calloc(most, sizeof *list->name)};
    if (!list->tensor || !list->name) {
        oc_tensor_list_free(list);
        return oc_fail(OC_ERR_MEMORY, "checkpoint: no memory");
    }
    add_block(list, "parameters", network, count, oc_network_parameter, parameters);
    add_block(list, "state", network, states, oc_network_state, state);
    for (int s = 0; s < slots; s++) {
        snprintf(list->slot_group[s], sizeof list->slot_group[s], "optimizer/%s",
                 oc_optimizer_slot_name(optimizer_kind, s));
        add_block(list, list->slot_group[s], network, count, oc_network_parameter, slot[s]);
    }
    return OC_OK;
}

void oc_tensor_list_add_trained(oc_tensor_list *list, const oc_network *network, float *parameters,
                                float *state)
{
    add_block(list, "training/parameters", network, oc_network_parameters(network),
              oc_network_parameter, parameters);
    if (state)
        add_block(list, "training/state", network, oc_network_states(network), oc_network_state,
                  state);
}

void oc_tensor_list_add(oc_tensor_list *list, const char *group, const char *name, float *floats,
                        size_t count)
{
    char *const text = list->name[list->count].text;
    snprintf(text, sizeof list->name->text, "%s", name);
    list->tensor[list->count++] = (oc_named_tensor){group, text, {floats, oc_shape1((int)count)}};
}

void oc_tensor_list_free(oc_tensor_list *list)
{
    free(list->tensor);
    free(list->name);
    *list = (oc_tensor_list){0};
}
