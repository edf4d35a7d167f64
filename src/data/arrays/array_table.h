/* array_table.h - inputs of an array that another program wrote, without targets: for prediction.
 * The same numbers as an import of the array would keep, so the same predictions. */
#ifndef OC_DATA_ARRAYS_ARRAY_TABLE_H
#define OC_DATA_ARRAYS_ARRAY_TABLE_H

#include "data/arrays/array_shape.h"
#include "storage/schema.h"

typedef struct oc_array_table oc_array_table;

/* Local. An array of an HDF5 file or an .npz, or a .npy (whose name is not looked at), for a
 * network trained on samples of `trained`. With channels unsaid their order is the one that fits
 * it. OC_ERR_DATA unless samples have its shape and its kind of values; OC_ERR_IO, OC_ERR_USAGE,
 * OC_ERR_INTERNAL. */
oc_status oc_array_table_open(oc_array_table **table, oc_array_format format, const char *path,
                              const char *name, oc_channel_order channels,
                              const oc_schema *trained);
void oc_array_table_close(oc_array_table *table); /* NULL-safe */

uint64_t oc_array_table_samples(const oc_array_table *table);

/* Local. The next sample, (C, H, W) in units of the stored numbers, as the schema's mean is.
 * OC_ERR_DATA for numbers that are not finite; OC_ERR_IO; OC_ERR_INTERNAL after the last one. */
oc_status oc_array_table_next(oc_array_table *table, double *numbers);

#endif
