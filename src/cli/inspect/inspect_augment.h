/* inspect_augment.h - a picture of what a recipe's augmentation does to training images. */
#ifndef OC_CLI_INSPECT_INSPECT_AUGMENT_H
#define OC_CLI_INSPECT_INSPECT_AUGMENT_H

#include "base/status.h"

#include <stddef.h>

/* Local. The first samples of the recipe's run, one a row: as they are, then in the first epochs.
 * Without mixup, which needs a batch. Written to `png`. OC_ERR_USAGE, OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_cli_inspect_augment(const char *recipe, const char *const *sets, size_t set_count,
                                 const char *png);

#endif
