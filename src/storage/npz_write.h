/* npz_write.h - tensors as an .npz archive that numpy.load reads: a zip of .npy files, stored. */
#ifndef OC_STORAGE_NPZ_WRITE_H
#define OC_STORAGE_NPZ_WRITE_H

#include "storage/checkpoint.h"

/* Local. Write atomically, float32 in C order, one member NAME.npy each (groups are not looked at),
 * its header padded to 64 bytes as numpy does. The same tensors give the same bytes: no times are
 * stored. OC_ERR_DATA for what a zip without extensions cannot hold (65535 members, 4 GiB),
 * OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_npz_write(const char *path, const oc_named_tensor *tensors, size_t count);

#endif
