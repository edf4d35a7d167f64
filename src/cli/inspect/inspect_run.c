/* inspect_run.c - see inspect_run.h. A run that has not ended has no summary yet: what is
 * there is shown. */
#include "cli/inspect/inspect_run.h"

#include "base/file.h"
#include "base/plain_text.h"
#include "rundir/summary.h"
#include "rundir/tables.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SUMMARY_BYTES = 1 << 20 };

static oc_status print_summary(const char *folder)
{
    char path[OC_PATH_BYTES], *text = NULL;
    size_t bytes = 0;
    oc_status status = oc_path_join(path, folder, OC_SUMMARY_FILE);
    if (status == OC_OK && !oc_file_exists(path)) {
        printf("no summary.json yet: the run has not ended\n");
        return OC_OK;
    }
    if (status == OC_OK)
        status = oc_file_read(path, SUMMARY_BYTES, &text, &bytes);
    if (status != OC_OK)
        return status;
    json_error_t error;
    json_t *const object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        status = oc_fail(OC_ERR_DATA, "%s/summary.json:%d: not a JSON object: %s", folder,
                         object ? 1 : error.line, object ? "another type" : error.text);
    json_object_foreach(object, key, value)
    {
        char name[OC_PLAIN_TEXT], clean[OC_PLAIN_TEXT];
        char *const shown = json_is_string(value)
                                ? strdup(json_string_value(value))
                                : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        if (shown)
            printf("%-18s %s\n", oc_plain_text(key, name), oc_plain_text(shown, clean));
        free(shown);
    }
    json_decref(object);
    free(text);
    return status;
}

/* What of epochs.csv is shown, and how wide: 80 columns hold it. */
static const struct {
    oc_epoch_column column;
    int width;
} columns[] = {{OC_EPOCH_EPOCH, 6},      {OC_EPOCH_STEP, 9},           {OC_EPOCH_TRAIN_LOSS, 12},
               {OC_EPOCH_TEST_LOSS, 12}, {OC_EPOCH_TEST_ACCURACY, 15}, {OC_EPOCH_LR, 12},
               {OC_EPOCH_SECONDS, 10}};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static oc_status print_epochs(const char *folder)
{
    char path[OC_PATH_BYTES];
    oc_table_rows rows = {0};
    oc_status status = oc_path_join(path, folder, oc_epochs_table.file);
    if (status != OC_OK || !oc_file_exists(path))
        return status;
    status = oc_table_read(&rows, folder, &oc_epochs_table);
    if (status != OC_OK)
        goto cleanup;
    printf("\n");
    for (size_t c = 0; c < COLUMNS; c++)
        printf("%*s", columns[c].width, oc_epochs_table.column[columns[c].column].name[rows.kind]);
    printf("\n");
    for (size_t i = 0; i < rows.count; i++) {
        for (size_t c = 0; c < COLUMNS; c++)
            printf("%*.6g", columns[c].width, oc_table_row(&rows, i)[columns[c].column]);
        printf("\n");
    }
cleanup:
    oc_table_free(&rows);
    return status;
}

static int is_checkpoint(const struct dirent *entry)
{
    const char *const dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot && strcmp(dot, ".h5") == 0;
}

static oc_status print_checkpoints(const char *folder)
{
    char path[OC_PATH_BYTES], file[OC_PATH_BYTES], clean[OC_PLAIN_TEXT];
    struct dirent **entries = NULL;
    struct stat about;
    oc_status status = oc_path_join(path, folder, "checkpoints");
    if (status != OC_OK || !oc_file_exists(path))
        return status;
    const int count = scandir(path, &entries, is_checkpoint, alphasort);
    if (count < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot list: %s", path, strerror(errno));
    printf("\ncheckpoints%s\n", count ? "" : ": none");
    for (int i = 0; i < count; i++) {
        if (oc_path_join(file, path, entries[i]->d_name) == OC_OK && stat(file, &about) == 0)
            printf("  %-24s %12lld bytes\n", oc_plain_text(entries[i]->d_name, clean),
                   (long long)about.st_size);
        free(entries[i]);
    }
    free(entries);
    return status;
}

oc_status oc_cli_inspect_run(const char *folder)
{
    char path[OC_PATH_BYTES], plain[OC_PLAIN_TEXT];
    oc_status status = oc_path_join(path, folder, "recipe.yaml");
    if (status == OC_OK && !oc_file_exists(path))
        return oc_fail(OC_ERR_DATA,
                       "%s: no recipe.yaml in this folder, so it is not a run directory; expected "
                       "that, a data set or a checkpoint",
                       folder);
    if (status == OC_OK) {
        printf("%-18s %s\n", "run", oc_plain_text(folder, plain));
        status = print_summary(folder);
    }
    if (status == OC_OK)
        status = print_epochs(folder);
    return status == OC_OK ? print_checkpoints(folder) : status;
}
