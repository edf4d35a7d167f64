/* measured.h - what a measurement must name to mean anything, and writing it as JSON: for the
 * reports of bench and plan. */
#ifndef OC_CLI_COMMON_MEASURED_H
#define OC_CLI_COMMON_MEASURED_H

#include "base/status.h"

#include <jansson.h>

/* Local, one rank. An object with version, build, processor and libraries; NULL if memory is
 * short. */
json_t *oc_machine_json(void);

/* Local. The same as lines for people. */
void oc_print_machine(void);

/* Local. Write the object, which is consumed (NULL: memory was short), to `path` or, for "-", to
 * standard output. OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_json_write(const char *path, json_t *object);

#endif
