/* inspect_model.h - what onecycle inspect shows of a network: layers, sizes, work and memory. */
#ifndef OC_CLI_INSPECT_MODEL_H
#define OC_CLI_INSPECT_MODEL_H

#include "base/status.h"
#include "tensor/tensor.h"

#include <stddef.h>

enum { OC_INSPECT_SETS = 32 };

typedef struct oc_inspect_model {
    const char *name;   /* of a model, or */
    const char *recipe; /* a recipe's path; the other is NULL */
    const char *sets[OC_INSPECT_SETS];
    size_t set_count;
    oc_shape input; /* rank 0: the usual one */
    int classes;    /* 0: as many as usual */
    int batch;      /* samples at once */
} oc_inspect_model;

/* Local. Print to standard output, 80 columns wide. OC_ERR_USAGE, OC_ERR_IO. */
oc_status oc_cli_inspect_model(const oc_inspect_model *request);

#endif
