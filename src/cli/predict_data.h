/* predict_data.h - what a network says of the test split of a data set, as CSV. */
#ifndef OC_CLI_PREDICT_DATA_H
#define OC_CLI_PREDICT_DATA_H

#include "train/predictor.h"

#include <stdio.h>

/* Local. A header line, then a line for each sample: its number, and each class's probability or
 * each target in its unit. OC_ERR_IO, OC_ERR_DATA (also when the data do not fit the network). */
oc_status oc_cli_predict_data(oc_predictor *predictor, const char *path, FILE *out);

#endif
