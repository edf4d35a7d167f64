/* gnuplot.c - see gnuplot.h. The script and gnuplot's messages are files in memory, so neither
 * side can block on a full pipe. */
#include "train/gnuplot.h"

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

/* A file in memory whose descriptor lies above those the child gets; -1 on failure. */
static int memory_file(const char *bytes, size_t length)
{
    const int low = memfd_create("gnuplot", MFD_CLOEXEC);
    if (low < 0)
        return -1;
    const int fd = fcntl(low, F_DUPFD_CLOEXEC, FIRST_FREE);
    close(low);
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
static int start(pid_t *child, int script, int messages, const char *const *tables, size_t count,
                 const char *picture)
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
    error = posix_spawn_file_actions_adddup2(&files, script, 0);
    if (!error)
        error = posix_spawn_file_actions_addopen(&files, 1, picture, O_WRONLY | O_CREAT | O_TRUNC,
                                                 0666);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&files, messages, 2);
    for (size_t i = 0; i < count && !error; i++)
        error = posix_spawn_file_actions_addopen(&files, 3 + (int)i, tables[i], O_RDONLY, 0);
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

static oc_status run(int script, int messages, const char *const *tables, size_t count,
                     const char *temporary, const char *picture)
{
    pid_t child = 0;
    int how = 0;
    char text[MESSAGE_BYTES];
    struct stat made;
    const int error = start(&child, script, messages, tables, count, temporary);
    if (error == ENOENT && access(temporary, F_OK) == 0)
        return oc_fail(OC_ERR_IO,
                       "%s: cannot plot: the program gnuplot was not found; install it "
                       "(Debian: apt-get install gnuplot-nox)",
                       picture);
    if (error)
        return oc_fail(OC_ERR_IO, "%s: cannot plot: cannot start gnuplot or create the picture: %s",
                       picture, strerror(error));
    if (!wait_bounded(child, &how))
        return oc_fail(OC_ERR_IO, "%s: gnuplot did not end within %.0f s and was stopped", picture,
                       limit_seconds);
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
        return oc_fail(OC_ERR_IO, "%s: gnuplot failed (%s %d): %.500s", picture,
                       WIFEXITED(how) ? "exit code" : "signal",
                       WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how),
                       last_line(messages, text));
    if (stat(temporary, &made) != 0 || made.st_size == 0)
        return oc_fail(OC_ERR_IO, "%s: gnuplot drew nothing: %.500s", picture,
                       last_line(messages, text));
    return OC_OK;
}

oc_status oc_gnuplot_run(const char *script, size_t length, const char *const *tables, size_t count,
                         const char *picture)
{
    char temporary[OC_PATH_BYTES];
    oc_status status = oc_file_temporary(temporary, picture);
    if (status != OC_OK)
        return status;
    const int in = memory_file(script, length), messages = memory_file("", 0);
    if (in < 0 || messages < 0 || count > OC_GNUPLOT_TABLES)
        status =
            oc_fail(OC_ERR_IO, "%s: cannot plot: no file in memory: %s", picture, strerror(errno));
    else
        status = run(in, messages, tables, count, temporary, picture);
    if (in >= 0)
        close(in);
    if (messages >= 0)
        close(messages);
    if (status == OC_OK)
        return oc_file_commit(temporary, picture);
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
