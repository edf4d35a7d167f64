/* eigenvectors.c - see whiten.h. Cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations,
 * 8.5): one sweep after the other over all pairs, until nothing is left beside the diagonal. */
#include "run/whiten.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_SWEEPS = 60 }; /* some 8 are enough */

/* Rotate rows and columns p and q so that a[p][q] becomes 0. */
static void rotate(int n, double *a, double *vector, int p, int q)
{
    const size_t width = (size_t)n, r = (size_t)p * width, s = (size_t)q * width;
    const double tau = (a[s + (size_t)q] - a[r + (size_t)p]) / (2 * a[r + (size_t)q]);
    const double t = (tau < 0 ? -1 : 1) / (fabs(tau) + sqrt(1 + tau * tau));
    const double c = 1 / sqrt(1 + t * t), d = t * c;
    for (size_t k = 0; k < width; k++) {
        const double x = a[k * width + (size_t)p], y = a[k * width + (size_t)q];
        a[k * width + (size_t)p] = c * x - d * y;
        a[k * width + (size_t)q] = d * x + c * y;
    }
    for (size_t k = 0; k < width; k++) {
        const double x = a[r + k], y = a[s + k], v = vector[r + k], w = vector[s + k];
        a[r + k] = c * x - d * y;
        a[s + k] = d * x + c * y;
        vector[r + k] = c * v - d * w;
        vector[s + k] = d * v + c * w;
    }
    a[r + (size_t)q] = a[s + (size_t)p] = 0;
}

/* Turn every pair that is not 0 beside its diagonal; returns how many there were. */
static int sweep(int n, double *a, double *vector)
{
    int turned = 0;
    for (int p = 0; p < n; p++)
        for (int q = p + 1; q < n; q++) {
            const size_t width = (size_t)n, i = (size_t)p, j = (size_t)q;
            const double scale = sqrt(fabs(a[i * width + i] * a[j * width + j]));
            if (!(fabs(a[i * width + j]) > DBL_EPSILON / 2 * scale + DBL_MIN))
                continue;
            rotate(n, a, vector, p, q);
            turned++;
        }
    return turned;
}

static void swap_rows(size_t width, double *a, double *b)
{
    for (size_t k = 0; k < width; k++) {
        const double kept = a[k];
        a[k] = b[k];
        b[k] = kept;
    }
}

/* The sign of an eigenvector means nothing: always the same one. */
static void choose_sign(size_t width, double *vector)
{
    size_t largest = 0;
    for (size_t k = 1; k < width; k++)
        if (fabs(vector[k]) > fabs(vector[largest]))
            largest = k;
    const double sign = vector[largest] < 0 ? -1 : 1;
    for (size_t k = 0; k < width; k++)
        vector[k] *= sign;
}

void oc_symmetric_eigenvectors(int n, double *matrix, double *value, double *vector)
{
    const size_t width = (size_t)n;
    memset(vector, 0, width * width * sizeof *vector);
    for (size_t i = 0; i < width; i++)
        vector[i * width + i] = 1;
    for (int i = 0; i < MOST_SWEEPS && sweep(n, matrix, vector) > 0; i++)
        continue;
    for (size_t i = 0; i < width; i++)
        value[i] = matrix[i * width + i];
    for (size_t i = 0; i < width; i++) {
        size_t largest = i;
        for (size_t k = i + 1; k < width; k++)
            if (value[k] > value[largest])
                largest = k;
        swap_rows(1, value + i, value + largest);
        swap_rows(width, vector + i * width, vector + largest * width);
        choose_sign(width, vector + i * width);
    }
}
