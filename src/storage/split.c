/* split.c - see split.h. */
#include "storage/split.h"

const char *oc_split_name(oc_split split)
{
    static const char *const name[OC_SPLIT_COUNT] = {"train", "test", "validation"};
    return name[split];
}
