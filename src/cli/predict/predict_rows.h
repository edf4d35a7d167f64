/* predict_rows.h - samples one behind another through a network, what it says of them as CSV. Where
 * samples come from: predict_images.h, predict_data.h, predict_csv.h, predict_arrays.h. */
#ifndef OC_CLI_PREDICT_PREDICT_ROWS_H
#define OC_CLI_PREDICT_PREDICT_ROWS_H

#include "run/predictor.h"

#include <stdio.h>

typedef struct oc_predict_rows {
    const char *name; /* of the file, for messages */
    /* The next sample: its numbers (C, H, W) as a data set of the network's would store them; *more
     * is 0 behind the last one, when nothing was read. */
    oc_status (*next)(void *user, double *numbers, int *more);
    /* Prints the outputs of a sample, and may write over them; NULL: as CSV. */
    void (*print)(void *user, uint64_t sample, float *outputs, FILE *out);
    void *user;
    char *const *file; /* NULL, or the names of samples for CSV, in place of their numbers */
} oc_predict_rows;

/* Local. As CSV a header line, then a line for each sample: its number from 0, and the probability
 * of each class or label, or each target in its unit. The lines of all samples before a failure are
 * written. OC_ERR_DATA, OC_ERR_IO. */
oc_status oc_cli_predict_rows(oc_predictor *predictor, const oc_predict_rows *rows, FILE *out);

#endif
