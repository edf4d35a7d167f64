/* match.h - the samples of a file beside those that a network was trained on: what has the same
 * name is the same, in whatever order. Whatever is missing, new or of another type is an error that
 * lists both sides. */
#ifndef OC_DATA_DATASET_MATCH_H
#define OC_DATA_DATASET_MATCH_H

#include "base/status.h"
#include "storage/schema.h"

#include <stdint.h>

enum { OC_MATCH_NONE = -1 };

/* Where things lie in the file; a list is NULL where all lie as the network has them. */
typedef struct oc_match {
    /* (values of a sample of the network's) which value of the file's sample each is;
     * OC_MATCH_NONE: of a level that the file does not have, so 0. */
    int32_t *value;
    int32_t *label;  /* (classes of the file) the network's number of each class */
    int32_t *target; /* (targets of the network) which target of the file each is */
} oc_match;

/* Local. *match is zeroed where file and network agree as they are. `path` names the file in
 * messages. Columns are matched where the network knows names of columns, else (older checkpoints,
 * pictures, arrays) the shapes must be equal. With `ignore_levels` levels of a category that the
 * network does not know become zeros. Of classes the file may have fewer. OC_ERR_DATA,
 * OC_ERR_INTERNAL. */
oc_status oc_match_create(oc_match *match, const oc_schema *file, const oc_schema *trained,
                          int ignore_levels, const char *path);
void oc_match_free(oc_match *match); /* safe on a zeroed one */

#endif
