/* inspect_model.h - what onecycle inspect shows of a network: layers, sizes, work and memory. */
#ifndef OC_CLI_INSPECT_INSPECT_MODEL_H
#define OC_CLI_INSPECT_INSPECT_MODEL_H

#include "cli/common/model_recipe.h"

typedef struct oc_inspect_model {
    oc_model_request model;
    int batch; /* samples at once */
} oc_inspect_model;

/* Local. Print to standard output, 80 columns wide. OC_ERR_USAGE, OC_ERR_IO. */
oc_status oc_cli_inspect_model(const oc_inspect_model *request);

#endif
