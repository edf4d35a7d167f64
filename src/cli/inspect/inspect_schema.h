/* inspect_schema.h - what a checkpoint was trained on, for people. */
#ifndef OC_CLI_INSPECT_INSPECT_SCHEMA_H
#define OC_CLI_INSPECT_INSPECT_SCHEMA_H

#include "storage/schema.h"

/* Local. Values, pictures, columns with their levels, classes, statistics and notes: of long lists
 * the beginning, and how many more there are. */
void oc_cli_inspect_schema(const oc_schema *schema);

#endif
