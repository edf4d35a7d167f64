/* predictor.h - a trained network without its data set: samples in, probabilities or targets out.
 */
#ifndef OC_TRAIN_PREDICTOR_H
#define OC_TRAIN_PREDICTOR_H

#include "models/model.h"
#include "storage/checkpoint.h"

typedef struct oc_predictor {
    oc_checkpoint_input *input; /* shape, classes, normalisation */
    oc_network *network;
    oc_workspace workspace;
    oc_arena arena;
    float *parameters, *state;
    float *image;         /* (C, H, W), to be filled with values 0..255 */
    float *probabilities; /* (classes); of several labels each its own; of regression the
                           * targets in their unit */
} oc_predictor;

/* Local. Everything from a checkpoint file. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_predictor_open(oc_predictor *predictor, const char *checkpoint);
void oc_predictor_close(oc_predictor *predictor); /* safe on a zeroed one */

/* Local. predictor->image, as decoded, -> predictor->probabilities. `invert` turns dark on
 * light into light on dark first, as MNIST has it. */
void oc_predictor_run(oc_predictor *predictor, int invert);

/* Local. The same where predictor->image has values as oc_dataset_decode gives them with mean 0 and
 * deviation 1: bytes / 255, or numbers as stored. */
void oc_predictor_run_values(oc_predictor *predictor);

/* Local. The same for values in predictor->image that are normalised already. */
void oc_predictor_run_normalised(oc_predictor *predictor);

#endif
