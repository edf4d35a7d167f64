/* run_folder.c - see run_folder.h. */
#include "cli/common/run_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char parent[] = "runs";

/* The highest NNN of runs/NAME-NNN; 0 if there is none. */
static long highest_number(const char *name, size_t length)
{
    long highest = 0;
    DIR *folder = opendir(parent);
    if (!folder)
        return 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strncmp(entry->d_name, name, length) != 0 || entry->d_name[length] != '-')
            continue;
        char *end;
        const char *digits = entry->d_name + length + 1;
        const long number = strtol(digits, &end, 10);
        if (end != digits && *end == '\0' && number > highest)
            highest = number;
    }
    closedir(folder);
    return highest;
}

static oc_status choose(char *folder, const char *given, const char *recipe, const char *kind,
                        int resume)
{
    const char *slash = strrchr(recipe, '/'), *file = slash ? slash + 1 : recipe;
    const char *dot = strrchr(file, '.');
    char name[OC_PATH_BYTES];
    int written = snprintf(name, sizeof name, "%.*s%s",
                           dot && dot > file ? (int)(dot - file) : (int)strlen(file), file, kind);
    if (given) {
        written = snprintf(folder, OC_PATH_BYTES, "%s", given);
    } else if (written > 0 && written < OC_PATH_BYTES) {
        const long highest = highest_number(name, strlen(name));
        const long number = resume && highest > 0 ? highest : highest + 1;
        written = snprintf(folder, OC_PATH_BYTES, "%s/%s-%03ld", parent, name, number);
    }
    if (written < 1 || written >= OC_PATH_BYTES)
        return oc_fail(OC_ERR_IO, "run directory: the name is empty or longer than %d bytes",
                       OC_PATH_BYTES - 1);
    return OC_OK;
}

oc_status oc_run_folder_open(oc_run_dir *dir, const char *given, const char *recipe,
                             const char *kind, const oc_run_dir_options *options)
{
    char folder[OC_PATH_BYTES];
    oc_run_dir_options wanted = *options;
    wanted.must_be_new = !given && !options->resumes;
    for (;;) {
        *dir = OC_RUN_DIR_CLOSED;
        oc_status status = choose(folder, given, recipe, kind, options->resumes);
        if (status == OC_OK)
            status = oc_run_dir_open(dir, folder, &wanted);
        if (status != OC_OK || !wanted.must_be_new || dir->is_new)
            return status; /* else another process took the number just now */
    }
}
