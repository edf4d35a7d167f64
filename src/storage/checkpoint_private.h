/* checkpoint_private.h - what checkpoint.c and checkpoint_input.c share. Not for other files. */
#ifndef OC_STORAGE_CHECKPOINT_PRIVATE_H
#define OC_STORAGE_CHECKPOINT_PRIVATE_H

#include "storage/checkpoint.h"
#include "storage/h5.h"

/* Local. oc_checkpoint_read_schema, of a file that is open. */
oc_status oc_checkpoint_schema_of(const oc_h5 *file, const char *path, oc_schema *schema);

#endif
