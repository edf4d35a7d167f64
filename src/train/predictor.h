/* predictor.h - a trained network without its data set: samples in, probabilities or targets out.
 */
#ifndef OC_TRAIN_PREDICTOR_H
#define OC_TRAIN_PREDICTOR_H

#include "models/model.h"
#include "storage/checkpoint.h"

typedef struct oc_predictor {
    oc_schema schema; /* what it was trained on */
    oc_network *network;
    oc_workspace workspace;
    oc_arena arena;
    float *parameters, *state;
    double *numbers;      /* (C, H, W), to be filled with numbers as the data set stores them */
    float *image;         /* (C, H, W) normalised */
    float *probabilities; /* (classes); of several labels each its own; of regression the
                           * targets in their unit */
} oc_predictor;

/* Local. Everything from a checkpoint file. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_predictor_open(oc_predictor *predictor, const char *checkpoint);
void oc_predictor_close(oc_predictor *predictor); /* safe on a zeroed one */

/* Local. predictor->numbers -> predictor->probabilities, normalised to the bit as data sets are. */
void oc_predictor_run(oc_predictor *predictor);

/* Local. The same for values in predictor->image that are normalised already. */
void oc_predictor_run_normalised(oc_predictor *predictor);

#endif
