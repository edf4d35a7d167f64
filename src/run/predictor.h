/* predictor.h - a trained network without its data set: samples in, probabilities or targets out.
 */
#ifndef OC_RUN_PREDICTOR_H
#define OC_RUN_PREDICTOR_H

#include "models/model.h"
#include "run/run.h"
#include "storage/checkpoint.h"

typedef struct oc_predictor {
    oc_schema schema; /* what it was trained on */
    oc_network *network;
    oc_workspace workspace;
    oc_arena arena;
    int most; /* samples at once; 1 or more */
    float *parameters, *state;
    double *numbers; /* (C, H, W), to be filled with numbers as the data set stores them */
    float *images;   /* (most, C, H, W) normalised */
    oc_views views;
    oc_arena views_arena;
    float *seen;    /* (most, C, H, W) another view; NULL: there is none */
    float *mean;    /* (most, classes) the network's outputs over all views */
    float *outputs; /* (most, classes) probabilities; of several labels each its own; of
                     * regression the targets in their unit */
} oc_predictor;

/* Local. Everything from a checkpoint file. As many samples at once as an evaluation takes, or
 * fewer where memory is short. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_predictor_open(oc_predictor *predictor, const char *checkpoint);

/* Local. Likewise of a run as it is now, with a copy of its weights. OC_ERR_MEMORY,
 * OC_ERR_INTERNAL. */
oc_status oc_predictor_of_run(oc_predictor *predictor, const oc_run *run);

/* Local, at most once. What is predicted from now on is the mean of these views of each image: of
 * the network's outputs, before they become probabilities. OC_ERR_USAGE of rows of a table,
 * OC_ERR_MEMORY. */
oc_status oc_predictor_set_views(oc_predictor *predictor, oc_views views);
void oc_predictor_close(oc_predictor *predictor); /* safe on a zeroed one */

/* Local, no allocation. predictor->numbers -> sample `at` of predictor->images, normalised to the
 * bit as data sets are. `name` and `sample` are for the message when a number is not finite, or not
 * as a float: OC_ERR_DATA. */
oc_status oc_predictor_take(oc_predictor *predictor, int at, const char *name, uint64_t sample);

/* Local, no allocation. The first `n` of predictor->images -> predictor->outputs. What a sample
 * becomes does not depend on those beside it. */
void oc_predictor_run(oc_predictor *predictor, int n);

#endif
