/* small_job.c - see small_job.h. */
#include "tests/lib/small_job.h"

#include "import/import_synthetic.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

oc_status oc_small_job_open(oc_comm **comm, oc_recipe *recipe, const char *text, uint64_t train)
{
    const oc_import_synthetic synthetic = {.common.seed = 1,
                                           .channels = 1,
                                           .height = 8,
                                           .width = 8,
                                           .classes = 4,
                                           .train = train,
                                           .test = 20};
    const char *size = getenv("OMPI_COMM_WORLD_SIZE");
    oc_status status = oc_comm_open(comm, size ? atoi(size) : 0);
    if (!status)
        status = oc_import_synthetic_run(&synthetic, oc_scratch_path("data.h5"));
    if (!status)
        status = oc_recipe_parse(recipe, text, strlen(text), "recipe", oc_scratch(), NULL, 0);
    if (status)
        fprintf(stderr, "%s\n", oc_message());
    return status;
}
