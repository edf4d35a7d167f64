/* distinct.h - channels whose numbers differ by less than a network can see: what a card warns of.
 */
#ifndef OC_DATA_DATASET_DISTINCT_H
#define OC_DATA_DATASET_DISTINCT_H

#include "data/dataset/dataset.h"

/* Local. lost[c] (channels) becomes 1 where most neighbouring training samples that differ in
 * channel c no longer do once they are normalised and rounded to float32, as where one value is far
 * from all others; else 0. Reads the training split once, from the file. OC_ERR_IO, OC_ERR_DATA,
 * OC_ERR_INTERNAL. */
oc_status oc_distinct_find(const oc_dataset *dataset, unsigned char *lost);

#endif
