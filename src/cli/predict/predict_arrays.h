/* predict_arrays.h - samples of an array of another program's file, for predict_rows.h. */
#ifndef OC_CLI_PREDICT_PREDICT_ARRAYS_H
#define OC_CLI_PREDICT_PREDICT_ARRAYS_H

#include "data/arrays/array_shape.h"
#include "run/predictor.h"

#include <stdio.h>

typedef struct oc_predict_arrays {
    oc_array_format format;
    const char *path, *inputs; /* the file, and the array's name; a .npy has none */
    oc_channel_order channels;
} oc_predict_arrays;

/* Local. All samples of the array as CSV. OC_ERR_IO; OC_ERR_USAGE; OC_ERR_DATA (also when samples
 * are not what the network was trained on, or that was columns with names). */
oc_status oc_cli_predict_arrays(oc_predictor *predictor, const oc_predict_arrays *arrays,
                                FILE *out);

#endif
