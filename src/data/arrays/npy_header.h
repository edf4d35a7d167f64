/* npy_header.h - the dictionary at the beginning of an .npy file; for npy_read.c. */
#ifndef OC_DATA_ARRAYS_NPY_HEADER_H
#define OC_DATA_ARRAYS_NPY_HEADER_H

#include "data/arrays/npy_read.h"

/* Local. {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, NUL-terminated, into type,
 * bytes, rank, extent and elements of *info, whose name is set. OC_ERR_DATA when it is anything
 * else, elements * bytes overflows, or the array is in Fortran order with more than one dimension.
 */
oc_status oc_npy_header_parse(const char *text, size_t length, oc_npy_info *info, int *big_endian);

#endif
