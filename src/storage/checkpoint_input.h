/* checkpoint_input.h - the group /input of a checkpoint file; for checkpoint.c alone. */
#ifndef OC_STORAGE_CHECKPOINT_INPUT_H
#define OC_STORAGE_CHECKPOINT_INPUT_H

#include "storage/checkpoint.h"
#include "storage/h5.h"

/* Local. Add the group to a file being written. OC_ERR_INTERNAL. */
oc_status oc_checkpoint_input_write(oc_h5 *file, const oc_checkpoint_input *input);

#endif
