/* targets.c - see targets.h. */
#include "storage/targets.h"

#include <string.h>

static const char *const names[OC_TARGETS_KINDS] = {"classes", "regression", "multi_label"};

const char *oc_targets_name(oc_targets_kind kind)
{
    return names[kind];
}

int oc_targets_find(const char *name)
{
    for (int kind = 0; kind < OC_TARGETS_KINDS; kind++)
        if (strcmp(names[kind], name) == 0)
            return kind;
    return -1;
}
