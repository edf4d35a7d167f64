/* predict_images.h - pictures through a network: a line each. */
#ifndef OC_CLI_PREDICT_PREDICT_IMAGES_H
#define OC_CLI_PREDICT_PREDICT_IMAGES_H

#include "run/predictor.h"

#include <stdio.h>

typedef struct oc_predict_images {
    char **path; /* (count) not owned */
    int count;
    long top;     /* so many classes, from the most probable on */
    int all;      /* instead CSV of all classes or targets, as of other samples */
    int invert;   /* white is black */
    double scale; /* what a white pixel counts, where the network does not know; 0: not said */
} oc_predict_images;

/* Local. Prepare each picture to the bit as the import of the network's data did, and print its
 * path and what the network says, separated by tabs. The lines of all pictures before a failure are
 * written. OC_ERR_IO; OC_ERR_DATA (also when the network does not take pictures); OC_ERR_USAGE for
 * a scale that is missing, or given to a network that knows it. */
oc_status oc_cli_predict_images(oc_predictor *predictor, const oc_predict_images *images,
                                FILE *out);

#endif
