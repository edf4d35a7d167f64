/* report_fuzz.c - the tables and the summary of a run directory, as `report` reads them. The input
 * up to its first byte 0 is steps.csv, up to the next epochs.csv, the rest summary.json. */
#include "base/file.h"
#include "cli/report/report_run.h"
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARTS = 3 };

static size_t part_length(const uint8_t *data, size_t size)
{
    const uint8_t *const end = memchr(data, 0, size);
    return end ? (size_t)(end - data) : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[PARTS + 1] = {"steps.csv", "epochs.csv", "summary.json",
                                                 "recipe.yaml"};
    char folder[FUZZ_PATH], path[FUZZ_PATH + 16];
    oc_report_run run;
    snprintf(folder, sizeof folder, "%.50s.run", fuzz_output());
    mkdir(folder, 0700);
    for (int i = 0; i <= PARTS; i++) {
        const size_t length = i == PARTS - 1 ? size : i == PARTS ? 0 : part_length(data, size);
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (i == PARTS - 1 && length == 0)
            unlink(path);
        else if (oc_file_write(path, data, length) != OC_OK)
            abort();
        data += length;
        size -= length;
        if (i < PARTS - 1 && size > 0) {
            data++;
            size--;
        }
    }
    if (oc_report_open(&run, folder) == OC_OK && run.steps.count == 0)
        abort();
    oc_report_close(&run);
    for (int i = 0; i <= PARTS; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    return 0;
}
