/* predict_data.h - the samples of a data set file for predict_rows.h. */
#ifndef OC_CLI_PREDICT_PREDICT_DATA_H
#define OC_CLI_PREDICT_PREDICT_DATA_H

#include "data/dataset/dataset.h"
#include "run/predictor.h"

#include <stdio.h>

typedef struct oc_predict_data {
    const char *path;
    oc_split split;
    int ignore_unknown_levels; /* levels that the network does not know become zeros */
} oc_predict_data;

/* Local. A split of a data set, matched by name, as CSV; samples are read in blocks. OC_ERR_IO;
 * OC_ERR_DATA (also when the data do not fit the network, or have no such split). */
oc_status oc_cli_predict_data(oc_predictor *predictor, const oc_predict_data *data, FILE *out);

#endif
