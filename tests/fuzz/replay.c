/* replay.c - main of the replay programs: every file of a folder through the fuzz target, once. A
 * finding is a crash, or a report of a sanitizer. Then input cut short, so that few files do more.
 * Arguments: the target's name and the folder. */
#include "fuzz/fuzz.h"

#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_BYTES = 1 << 24, CUTS = 16 };

static int run_file(const char *folder, const char *name)
{
    char path[OC_PATH_BYTES], *bytes;
    size_t count;
    if (oc_path_join(path, folder, name) != OC_OK ||
        oc_file_read(path, MOST_BYTES, &bytes, &count) != OC_OK)
        return 0;
    for (size_t i = 0; i <= CUTS; i++) {
        const size_t part = count * (CUTS - i) / CUTS;
        uint8_t *exact = malloc(part > 0 ? part : 1); /* so that reading beyond it is seen */
        for (size_t k = 0; k < part && exact; k++)
            exact[k] = (uint8_t)bytes[k];
        if (exact)
            LLVMFuzzerTestOneInput(exact, part);
        free(exact);
    }
    free(bytes);
    return 1;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0;
    DIR *const folder = argc == 3 ? opendir(argv[2]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s NAME FOLDER\n", argv[0]);
        return 1;
    }
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        if (run_file(argv[2], entry->d_name))
            passed++;
        else
            failed++;
    }
    closedir(folder);
    printf("fuzz_%s: %d passed, %d failed\n", argv[1], passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
