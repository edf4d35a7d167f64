/* torchvision_names.c - see torchvision_names.h. The networks are built in models/resnet.c. */
#include "run/torchvision_names.h"

#include "models/model.h"

#include <stdio.h>
#include <string.h>

int oc_model_is_torchvision(int kind)
{
    return kind == OC_MODEL_RESNET18 || kind == OC_MODEL_RESNET34 || kind == OC_MODEL_RESNET50;
}

/* Layers outside of blocks, and those of a block behind its prefix. */
static const char *const outer[][2] = {{"conv", "conv1"}, {"bn", "bn1"}, {"fc", "fc"}};
static const char *const inner[][2] = {
    {"conv1", "conv1"}, {"bn1", "bn1"}, {"conv2", "conv2"},          {"bn2", "bn2"},
    {"conv3", "conv3"}, {"bn3", "bn3"}, {"project", "downsample.0"}, {"project_bn", "downsample.1"},
};

static const char *find(const char *const (*rows)[2], size_t count, const char *layer,
                        size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(rows[i][0]) == length && strncmp(rows[i][0], layer, length) == 0)
            return rows[i][1];
    return NULL;
}

int oc_torchvision_name(const char *name, char *out, size_t size)
{
    const char *const dot = strchr(name, '.'), *layer = name;
    char prefix[40] = "";
    int stage, block, used = 0;
    if (!dot)
        return 0;
    const int is_inner = sscanf(name, "s%2db%3d_%n", &stage, &block, &used) == 2 && used > 0;
    if (is_inner) {
        layer = name + used;
        snprintf(prefix, sizeof prefix, "layer%d.%d.", stage, block - 1);
    }
    const size_t length = (size_t)(dot - layer);
    const char *const theirs = is_inner
                                   ? find(inner, sizeof inner / sizeof inner[0], layer, length)
                                   : find(outer, sizeof outer / sizeof outer[0], layer, length);
    const char *const tensor = strcmp(dot, ".running_variance") == 0 ? ".running_var" : dot;
    if (!theirs || strlen(prefix) + strlen(theirs) + strlen(tensor) >= size)
        return 0;
    snprintf(out, size, "%s%s%s", prefix, theirs, tensor);
    return 1;
}
