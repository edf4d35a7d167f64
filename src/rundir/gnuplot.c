/* gnuplot.c - see gnuplot.h. The script and gnuplot's messages are files in memory, so neither
 * side can block on a full pipe. */
#include "rundir/gnuplot.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_FREE = 16, MESSAGE_BYTES = 2048 };

static const double limit_seconds = 60;

/* All that a child gets; -1 where there is none. */
typedef struct child_files {
    int script, picture, messages, table[OC_GNUPLOT_TABLES];
} child_files;

/* A descriptor above those the child gets, in place of `low`; -1 on failure. */
static int moved_up(int low)
{
    const int fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, FIRST_FREE);
    if (low >= 0)
        close(low);
    return fd;
}

/* A file in memory; -1 on failure. */
static int memory_file(const char *bytes, size_t length)
{
    const int fd = moved_up(memfd_create("gnuplot", MFD_CLOEXEC));
    for (size_t done = 0; fd >= 0 && done < length;) {
        const ssize_t n = write(fd, bytes + done, length - done);
        if (n < 0 && errno != EINTR) {
            close(fd);
            return -1;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Start gnuplot with these descriptors, no signal blocked or ignored, in a process group of
 * its own (a wrapper script is killed with what it started). Returns errno. */
static int start(pid_t *child, const child_files *given)
{
    static char name[] = "gnuplot", defaults[] = "-d"; /* -d: nobody's ~/.gnuplot */
    char *const argv[] = {name, defaults, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawn_file_actions_init(&files);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&files);
        return error;
    }
    error = posix_spawn_file_actions_adddup2(&files, given->script, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&files, given->picture, 1);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&files, given->messages, 2);
    for (int i = 0; i < OC_GNUPLOT_TABLES && !error; i++)
        if (given->table[i] >= 0)
            error = posix_spawn_file_actions_adddup2(&files, given->table[i], 3 + i);
    if (!error)
        error = posix_spawnattr_setsigmask(&attributes, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!error)
        error = posix_spawnattr_setpgroup(&attributes, 0);
    if (!error)
        error = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    if (!error)
        error = posix_spawnp(child, name, &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* Wait for the child's end, at most limit_seconds, then kill it. Returns 1 if it ended by
 * itself; *how [out] is then as of waitpid. */
static int wait_bounded(pid_t child, int *how)
{
    const struct timespec nap = {.tv_nsec = 10 * 1000 * 1000};
    const double end = oc_seconds() + limit_seconds;
    *how = -1;
    while (oc_seconds() < end) {
        const pid_t got = waitpid(child, how, WNOHANG);
        if (got == child)
            return 1;
        if (got < 0 && errno != EINTR)
            return 0;
        nanosleep(&nap, NULL);
    }
    kill(-child, SIGKILL);
    while (waitpid(child, how, 0) < 0 && errno == EINTR)
        continue;
    return 0;
}

/* What gnuplot complained of last: the last line that is not empty. */
static const char *last_line(int messages, char text[MESSAGE_BYTES])
{
    const off_t size = lseek(messages, 0, SEEK_END);
    const off_t from = size >= MESSAGE_BYTES ? size - (MESSAGE_BYTES - 1) : 0;
    ssize_t length = size > 0 ? pread(messages, text, MESSAGE_BYTES - 1, from) : 0;
    length = length > 0 ? length : 0;
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' '))
        length--;
    text[length] = '\0';
    const char *newline = strrchr(text, '\n');
    const char *line = newline ? newline + 1 : text;
    line += strspn(line, " ");
    return *line ? line : "no message";
}

static oc_status run(const child_files *files, const char *picture)
{
    pid_t child = 0;
    int how = 0;
    char text[MESSAGE_BYTES];
    struct stat made;
    const int error = start(&child, files);
    if (error == ENOENT)
        return oc_fail(OC_ERR_IO,
                       "%s: cannot plot: the program gnuplot was not found; install it "
                       "(Debian: apt-get install gnuplot-nox)",
                       picture);
    if (error)
        return oc_fail(OC_ERR_IO, "%s: cannot plot: cannot start gnuplot: %s", picture,
                       strerror(error));
    if (!wait_bounded(child, &how))
        return oc_fail(OC_ERR_IO, "%s: gnuplot did not end within %.0f s and was stopped", picture,
                       limit_seconds);
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
        return oc_fail(OC_ERR_IO, "%s: gnuplot failed (%s %d): %.500s", picture,
                       WIFEXITED(how) ? "exit code" : "signal",
                       WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how),
                       last_line(files->messages, text));
    if (fstat(files->picture, &made) != 0 || made.st_size == 0)
        return oc_fail(OC_ERR_IO, "%s: gnuplot drew nothing: %.500s", picture,
                       last_line(files->messages, text));
    return OC_OK;
}

/* Opened here, where a link or a pipe in the place of one is refused. */
static oc_status open_files(child_files *files, char *temporary, const char *script, size_t length,
                            const char *const *tables, size_t count, const char *picture)
{
    oc_status status = oc_file_create(&files->picture, temporary, picture);
    if (status != OC_OK)
        return status;
    int high = files->picture = moved_up(files->picture);
    for (size_t i = 0; i < count && status == OC_OK; i++) {
        status = oc_file_open(&files->table[i], tables[i]);
        files->table[i] = moved_up(files->table[i]);
        high = high < 0 ? high : files->table[i];
    }
    if (status != OC_OK)
        return status;
    files->script = memory_file(script, length);
    files->messages = memory_file("", 0);
    if (high < 0 || files->script < 0 || files->messages < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot plot: no file in memory: %s", picture,
                       strerror(errno));
    return OC_OK;
}

static void close_files(const child_files *files)
{
    const int all[] = {files->script, files->picture, files->messages};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] >= 0)
            close(all[i]);
    for (int i = 0; i < OC_GNUPLOT_TABLES; i++)
        if (files->table[i] >= 0)
            close(files->table[i]);
}

oc_status oc_gnuplot_run(const char *script, size_t length, const char *const *tables, size_t count,
                         const char *picture)
{
    char temporary[OC_PATH_BYTES] = "";
    child_files files = {.script = -1, .picture = -1, .messages = -1};
    for (int i = 0; i < OC_GNUPLOT_TABLES; i++)
        files.table[i] = -1;
    if (count > OC_GNUPLOT_TABLES)
        return oc_fail(OC_ERR_INTERNAL, "%s: cannot plot %zu tables", picture, count);
    oc_status status = open_files(&files, temporary, script, length, tables, count, picture);
    const int made = files.picture >= 0;
    if (status == OC_OK)
        status = run(&files, picture);
    close_files(&files);
    if (status == OC_OK)
        return oc_file_commit(temporary, picture);
    if (made)
        unlink(temporary);
    return status;
}

/* In single quotes only the quote is special, and a line must not end. */
void oc_gnuplot_put_text(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', script);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, script);
    }
    fputc('\'', script);
}
