/* torchvision_names.h - the names that torchvision gives the tensors of its residual networks. */
#ifndef OC_RUN_TORCHVISION_NAMES_H
#define OC_RUN_TORCHVISION_NAMES_H

#include <stddef.h>

/* Local. Does torchvision have this model (oc_model_kind), layer for layer? */
int oc_model_is_torchvision(int kind);

/* Local. "s1b2_conv1.weight" -> "layer1.1.conv1.weight", into out[size]. 0, and out is not touched,
 * if no tensor of such a model is called so, or there is no room. Source: torchvision/models/
 * resnet.py, class ResNet. */
int oc_torchvision_name(const char *name, char *out, size_t size);

#endif
