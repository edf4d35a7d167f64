/* fuzz.c - see fuzz.h. */
#include "fuzz/fuzz.h"

#include "base/file.h"
#include "data/dataset/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int fuzz_open(const uint8_t *data, size_t size, char path[FUZZ_PATH])
{
    const int file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    snprintf(path, FUZZ_PATH, "/proc/self/fd/%d", file);
    return file;
}

void fuzz_close(int file)
{
    close(file);
}

const char *fuzz_output(void)
{
    static char path[FUZZ_PATH];
    const char *const folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, sizeof path, "%s/onecycle-fuzz-%ld.h5", folder, (long)getpid());
    return path;
}

void fuzz_check_output(int failed)
{
    oc_dataset *dataset;
    const char *const path = fuzz_output();
    if (oc_file_exists(path) == (failed != 0))
        abort();
    if (failed)
        return;
    if (oc_dataset_open(&dataset, path) != OC_OK)
        abort();
    oc_dataset_close(dataset);
    unlink(path);
}
