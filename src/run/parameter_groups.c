/* parameter_groups.c - see parameter_groups.h. */
#include "run/parameter_groups.h"

#include <assert.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)OC_MAX_PATTERNS <= (int)OC_MAX_GROUPS, "a rate for each pattern");

/* Does the name match one of the patterns between the |? */
static int matches(const char *patterns, const char *name)
{
    for (const char *at = patterns;; at++) {
        char one[OC_PATTERN_BYTES];
        const size_t length = strcspn(at, "|");
        snprintf(one, sizeof one, "%.*s", (int)length, at);
        if (fnmatch(one, name, 0) == 0)
            return 1;
        at += length;
        if (!*at)
            return 0;
    }
}

/* The first of the list that matches; -1. */
static int find(const oc_pattern_list *list, const char *name)
{
    for (int i = 0; i < (int)list->count; i++)
        if (matches(list->at[i], name))
            return i;
    return -1;
}

static oc_status check_used(const char *key, const oc_pattern_list *list, const oc_network *network)
{
    for (int i = 0; i < (int)list->count; i++) {
        int used = 0;
        for (int t = 0; t < oc_network_parameters(network) && !used; t++) {
            const oc_network_tensor tensor = oc_network_parameter(network, t);
            used = find(list, tensor.name) == i;
        }
        if (!used)
            return oc_fail(
                OC_ERR_USAGE,
                "%s: no remaining parameter matches \"%s\"; parameters have names such as %s", key,
                list->at[i],
                oc_network_parameters(network) > 0 ? oc_network_parameter(network, 0).name : "");
    }
    return OC_OK;
}

/* The last layer with parameters, and how many tensors stand before its own. */
static int head_begins(const oc_network *network)
{
    int before = 0, head = 0;
    for (int i = 0; i < network->layers; i++) {
        if (network->layer[i].parameters > 0)
            head = before;
        before += network->layer[i].parameters;
    }
    return head;
}

static oc_status assign(oc_parameter_groups *groups, const oc_network *network,
                        const oc_optimizer_config *optimizer, int has_two)
{
    const int head = head_begins(network), tensors = oc_network_parameters(network);
    int trained = 0, last = 0, stays = 0;
    for (int t = 0; t < tensors; t++) {
        const oc_network_tensor tensor = oc_network_parameter(network, t);
        const int group = optimizer->groups.count > 0 ? find(&optimizer->groups, tensor.name)
                          : has_two                   ? t >= head
                                                      : 0;
        if (group < 0)
            return oc_fail(OC_ERR_USAGE,
                           "optimizer.groups: parameter %s matches none; add a last pattern \"*\"",
                           tensor.name);
        groups->of[t] = find(&optimizer->freeze, tensor.name) >= 0 ? OC_FROZEN : group;
        groups->late[t] = find(&optimizer->freeze_late, tensor.name) >= 0;
        trained |= groups->of[t] != OC_FROZEN;
        stays |= groups->of[t] != OC_FROZEN && !groups->late[t];
        last |= groups->of[t] == groups->count - 1;
    }
    if (!trained)
        return oc_fail(OC_ERR_USAGE, "optimizer.freeze: leaves no parameter to train");
    if (!stays)
        return oc_fail(OC_ERR_USAGE, "optimizer.freeze_late: leaves no parameter to train");
    groups->has_last = last;
    return OC_OK;
}

int oc_parameter_groups_trains(const oc_parameter_groups *groups, int tensor, int late,
                               int only_last)
{
    const int group = groups->of[tensor];
    return group != OC_FROZEN && !(only_last && group != groups->count - 1) &&
           !(late && groups->late[tensor]);
}

/* Where the modes of such steps begin. */
static size_t modes_at(int layers, int late, int only_last)
{
    return (size_t)(2 * late + only_last) * (size_t)layers;
}

const unsigned char *oc_parameter_groups_modes(const oc_parameter_groups *groups, int layers,
                                               int late, int only_last)
{
    return groups->mode + modes_at(layers, late, only_last);
}

/* What each layer does in a step that is late or not, in which all, or only the last group is
 * trained. */
static void set_modes(const oc_parameter_groups *groups, const oc_network *network, int late,
                      int only_last, int moving)
{
    unsigned char *const mode = groups->mode + modes_at(network->layers, late, only_last);
    for (int i = 0, t = 0; i < network->layers; i++) {
        const oc_layer *const layer = &network->layer[i];
        int trains = 0, behind = 0;
        for (int k = 0; k < layer->parameters; k++, t++)
            trains |= oc_parameter_groups_trains(groups, t, late, only_last);
        for (int k = 0; k < layer->inputs; k++) {
            const int from = network->from[i][k];
            behind |= from >= 0 && !(mode[from] & OC_LAYER_IDLE);
        }
        const int held = layer->parameters > 0 && !trains && !moving;
        mode[i] =
            (unsigned char)((held ? OC_LAYER_HELD : 0) | (trains || behind ? 0 : OC_LAYER_IDLE));
    }
}

/* Optimisers without trust ratios have no such patterns. */
static oc_status choose_trusts(oc_parameter_groups *groups, const oc_network *network,
                               const oc_pattern_list *wanted)
{
    int found = 0;
    for (int t = 0; t < oc_network_parameters(network); t++) {
        const oc_network_tensor tensor = oc_network_parameter(network, t);
        if (find(wanted, tensor.name) >= 0 && found++ < OC_MOST_TRUSTS)
            groups->trust_of[groups->trusts++] = t;
    }
    if (found > OC_MOST_TRUSTS)
        return oc_fail(OC_ERR_USAGE,
                       "optimizer.trust_columns: %d parameters match, expected at most %d", found,
                       OC_MOST_TRUSTS);
    return check_used("optimizer.trust_columns", wanted, network);
}

/* A factor for each group, or none at all. */
static oc_status check_count(const char *key, const oc_number_list *factors, int groups)
{
    if (factors->count == 0 || factors->count == groups)
        return OC_OK;
    return oc_fail(OC_ERR_USAGE,
                   "optimizer.%s: found %d, expected one for each of the %d optimizer.groups", key,
                   (int)factors->count, groups);
}

/* share and decay of each group */
static oc_status set_factors(oc_parameter_groups *groups, const oc_optimizer_config *optimizer,
                             const oc_rate *rate)
{
    const int count = groups->count;
    const oc_number_list *rates = &optimizer->rate_factors, *decays = &optimizer->decay_factors;
    if (count == 1 && rate->spread == OC_SPREAD_GEOMETRIC)
        return oc_fail(OC_ERR_USAGE,
                       "schedule: a learning rate slice(%g, %g) is for several optimizer.groups, "
                       "but there is one",
                       rate->first, rate->last);
    oc_status status = check_count("rate_factors", rates, count);
    if (status == OC_OK)
        status = check_count("decay_factors", decays, count);
    if (status != OC_OK)
        return status;
    if (rates->count > 0 && rate->spread != OC_SPREAD_NONE)
        return oc_fail(OC_ERR_USAGE,
                       "optimizer.rate_factors: the schedule's rate is a slice, which "
                       "has factors of its own; expected one of the two");
    if (rates->count > 0 && rates->at[count - 1] != 1)
        return oc_fail(OC_ERR_USAGE,
                       "optimizer.rate_factors: the last is %g, expected 1: the last group has the "
                       "schedule's rate",
                       rates->at[count - 1]);
    for (int i = 0; i < count; i++) {
        groups->share[i] = rates->count > 0 ? rates->at[i] : oc_rate_share(rate, i, count);
        groups->decay[i] = decays->count > 0 ? decays->at[i] : 1;
    }
    return OC_OK;
}

oc_status oc_parameter_groups_create(oc_parameter_groups *groups, const oc_network *network,
                                     const oc_optimizer_config *optimizer,
                                     const oc_schedule_config *schedule, int moving)
{
    const size_t tensors = (size_t)oc_network_parameters(network), layers = (size_t)network->layers;
    const int two_cycles = schedule->kind == OC_SCHEDULE_FINE_TUNE;
    const int has_two = two_cycles && optimizer->groups.count == 0;
    const oc_rate rate = oc_schedule_rate(schedule);
    *groups =
        (oc_parameter_groups){.count = has_two                       ? 2
                                       : optimizer->groups.count > 0 ? (int)optimizer->groups.count
                                                                     : 1,
                              .of = calloc(tensors + 1, sizeof *groups->of),
                              .late = calloc(tensors + 1, sizeof *groups->late),
                              .mode = calloc(4 * layers, sizeof *groups->mode)};
    if (!groups->of || !groups->late || !groups->mode)
        return oc_fail(OC_ERR_MEMORY, "optimizer.groups: no memory");
    oc_status status = set_factors(groups, optimizer, &rate);
    if (status == OC_OK)
        status = check_used("optimizer.groups", &optimizer->groups, network);
    if (status == OC_OK)
        status = check_used("optimizer.freeze", &optimizer->freeze, network);
    if (status == OC_OK)
        status = check_used("optimizer.freeze_late", &optimizer->freeze_late, network);
    if (status == OC_OK)
        status = assign(groups, network, optimizer, has_two);
    if (status == OC_OK)
        status = choose_trusts(groups, network, &optimizer->trust_columns);
    if (status == OC_OK && two_cycles && !groups->has_last)
        status = oc_fail(OC_ERR_USAGE, "optimizer.freeze: leaves nothing of the last group, which "
                                       "fine_tune trains first");
    for (int kind = 0; kind < 4 && status == OC_OK; kind++)
        set_modes(groups, network, kind / 2, kind % 2, moving);
    return status;
}

void oc_parameter_groups_destroy(oc_parameter_groups *groups)
{
    free(groups->of);
    free(groups->late);
    free(groups->mode);
    *groups = (oc_parameter_groups){0};
}
