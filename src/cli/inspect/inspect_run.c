/* inspect_run.c - see inspect_run.h. A run that has not ended has no summary yet: what is
 * there is shown. */
#include "cli/inspect/inspect_run.h"

#include "base/file.h"
#include "base/plain_text.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SUMMARY_BYTES = 1 << 20, TABLE_BYTES = 64 << 20 };

/* A file of the folder, whole; *text is NULL when it is not there. */
static oc_status read_part(const char *folder, const char *name, size_t limit, char **text)
{
    char path[OC_PATH_BYTES];
    size_t count = 0;
    *text = NULL;
    const oc_status status = oc_path_join(path, folder, name);
    return status == OC_OK && oc_file_exists(path) ? oc_file_read(path, limit, text, &count)
                                                   : status;
}

static oc_status print_summary(const char *folder)
{
    char *text = NULL;
    oc_status status = read_part(folder, "summary.json", SUMMARY_BYTES, &text);
    if (status != OC_OK || !text) {
        if (status == OC_OK)
            printf("no summary.json yet: the run has not ended\n");
        return status;
    }
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
    const char *name;
    int width;
    const char *other; /* its name where there is regression */
} columns[] = {{"epoch", 6, ""},
               {"step", 9, ""},
               {"train_loss", 12, ""},
               {"test_loss", 12, ""},
               {"test_accuracy", 15, "test_r2"},
               {"lr", 12, ""},
               {"seconds", 10, ""}};
enum { COLUMNS = sizeof columns / sizeof columns[0], MOST_CELLS = 32 };

/* Cut a line at its commas; returns how many cells there are. */
static size_t split(char *line, char *cells[MOST_CELLS])
{
    size_t count = 0;
    for (char *cell = line; cell && count < MOST_CELLS;) {
        cells[count++] = cell;
        cell = strchr(cell, ',');
        if (cell)
            *cell++ = '\0';
    }
    return count;
}

static oc_status print_epochs(const char *folder)
{
    char *text = NULL, *lines = NULL, *cells[MOST_CELLS], clean[OC_PLAIN_TEXT];
    size_t place[COLUMNS]; /* of each column in a line; MOST_CELLS: not there */
    const oc_status status = read_part(folder, "epochs.csv", TABLE_BYTES, &text);
    if (status != OC_OK || !text)
        return status;
    char *line = strtok_r(text, "\n", &lines);
    size_t count = line ? split(line, cells) : 0;
    printf("\n");
    for (size_t c = 0; c < COLUMNS; c++) {
        place[c] = MOST_CELLS;
        for (size_t i = 0; i < count; i++)
            if (strcmp(cells[i], columns[c].name) == 0 || strcmp(cells[i], columns[c].other) == 0)
                place[c] = i;
        printf("%*s", columns[c].width, place[c] < count ? cells[place[c]] : columns[c].name);
    }
    printf("\n");
    while ((line = strtok_r(NULL, "\n", &lines)) != NULL) {
        count = split(line, cells);
        for (size_t c = 0; c < COLUMNS; c++) {
            const char *const cell = place[c] < count ? cells[place[c]] : "?";
            char *end;
            const double value = strtod(cell, &end);
            if (end != cell && *end == '\0')
                printf("%*.6g", columns[c].width, value);
            else
                printf("%*s", columns[c].width, oc_plain_text(cell, clean));
        }
        printf("\n");
    }
    free(text);
    return OC_OK;
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
