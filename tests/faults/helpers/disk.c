/* disk.c - a disk that fails when told to, to be loaded before the C library (LD_PRELOAD): what the
 * file $DISK_STATE says is looked at in each fsync. "full": there is no room. "hang": it does not
 * return until the file says something else. Anything else, or no file: as always. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int says(const char *word)
{
    char text[16] = "";
    const char *path = getenv("DISK_STATE");
    const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return 0;
    const ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    return got > 0 && strncmp(text, word, strlen(word)) == 0;
}

int fsync(int descriptor)
{
    const struct timespec nap = {0, 20 * 1000 * 1000};
    while (says("hang"))
        nanosleep(&nap, NULL);
    if (says("full")) {
        errno = ENOSPC;
        return -1;
    }
    return (int)syscall(SYS_fsync, descriptor);
}
