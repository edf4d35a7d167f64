/* whiten.h - first layers whose initial weights come from the training images (OC_INITIAL_WHITEN):
 * eigenvectors of the patches' second moments, divided by the root of their eigenvalues, so that
 * outputs are uncorrelated and of about unit size; then the negatives of these. As Jordan 2024
 * (arXiv 2404.00498) has them. */
#ifndef OC_RUN_WHITEN_H
#define OC_RUN_WHITEN_H

#include "run/run.h"

/* Local, rank 0. Weights of all such layers into run->parameters, from 5,000 images spread evenly
 * over the training samples (fewer where patches are large), normalised but not augmented: a
 * function of the data set and data.validation alone. A line about it into init_notes. OC_ERR_IO,
 * OC_ERR_DATA, OC_ERR_MEMORY. */
oc_status oc_run_whiten(oc_run *run);

/* Local. Eigenvalues of a symmetric matrix, (n, n), the largest first, and in the rows of `vector`,
 * (n, n), their eigenvectors: of length 1, the first of the largest components positive. By
 * Jacobi's rotations, which always end; `matrix` is overwritten. */
void oc_symmetric_eigenvectors(int n, double *matrix, double *value, double *vector);

#endif
