/* groups.c - see groups.h. */
#include "train/groups.h"

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
                OC_ERR_USAGE, "%s: no parameter is left for \"%s\"; they have names such as %s",
                key, list->at[i],
                oc_network_parameters(network) > 0 ? oc_network_parameter(network, 0).name : "");
    }
    return OC_OK;
}

static oc_status assign(oc_groups *groups, const oc_network *network,
                        const oc_optimizer_config *optimizer)
{
    int trained = 0;
    for (int t = 0; t < oc_network_parameters(network); t++) {
        const oc_network_tensor tensor = oc_network_parameter(network, t);
        const int group = optimizer->groups.count > 0 ? find(&optimizer->groups, tensor.name) : 0;
        if (group < 0)
            return oc_fail(OC_ERR_USAGE,
                           "optimizer.groups: parameter %s matches none; add a last pattern \"*\"",
                           tensor.name);
        groups->of[t] = find(&optimizer->freeze, tensor.name) >= 0 ? OC_FROZEN : group;
        trained |= groups->of[t] != OC_FROZEN;
    }
    return trained ? OC_OK
                   : oc_fail(OC_ERR_USAGE, "optimizer.freeze: leaves no parameter to train");
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
static oc_status set_factors(oc_groups *groups, const oc_optimizer_config *optimizer,
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

oc_status oc_groups_create(oc_groups *groups, const oc_network *network,
                           const oc_optimizer_config *optimizer, const oc_rate *rate)
{
    const int tensors = oc_network_parameters(network);
    *groups = (oc_groups){.count = optimizer->groups.count > 0 ? (int)optimizer->groups.count : 1,
                          .of = calloc((size_t)tensors + 1, sizeof *groups->of)};
    if (!groups->of)
        return oc_fail(OC_ERR_INTERNAL, "optimizer.groups: no memory");
    oc_status status = set_factors(groups, optimizer, rate);
    if (status == OC_OK)
        status = check_used("optimizer.groups", &optimizer->groups, network);
    if (status == OC_OK)
        status = check_used("optimizer.freeze", &optimizer->freeze, network);
    return status == OC_OK ? assign(groups, network, optimizer) : status;
}

void oc_groups_destroy(oc_groups *groups)
{
    free(groups->of);
    *groups = (oc_groups){0};
}
