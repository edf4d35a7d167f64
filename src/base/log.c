/* log.c - see log.h. Standard error gets the bare line, the file gets it with time. */
#include "base/log.h"

#include "base/plain_text.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static struct {
    int rank;
    oc_log_level most, terminal;
    FILE *file;
    void (*before_line)(void);
} state = {0, OC_LOG_INFO, OC_LOG_DEBUG, NULL, NULL};

/* The file's descriptor, for oc_log_last_words: another thread reads it. */
static _Atomic int descriptor = -1;

enum { NO_LEVEL = -1, STAMP_BYTES = 32 };

static const char *const prefix[] = {"error: ", "warning: ", "", "debug: "};

void oc_log_configure(int rank, oc_log_level most)
{
    state.rank = rank;
    state.most = most;
}

void oc_log_set_rank(int rank)
{
    state.rank = rank;
}

void oc_log_terminal(oc_log_level most)
{
    state.terminal = most;
}

void oc_log_to_file(FILE *file)
{
    state.file = file;
    atomic_store(&descriptor, file ? fileno(file) : -1);
}

void oc_log_before_line(void (*hook)(void))
{
    state.before_line = hook;
}

static void stamp_now(char stamp[STAMP_BYTES])
{
    const time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    strftime(stamp, STAMP_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
}

OC_PRINTF(3, 0)
static void write_line(oc_log_level level, int terminal, const char *format, va_list args)
{
    char raw[OC_PLAIN_TEXT], line[OC_PLAIN_TEXT];
    vsnprintf(raw, sizeof raw, format, args);
    oc_plain_text(raw, line); /* a name in it must not begin a line of its own */
    if ((int)level <= terminal) {
        if (state.before_line)
            state.before_line();
        fprintf(stderr, "onecycle: %s%s\n", prefix[level], line);
    }
    if (state.file) {
        char stamp[STAMP_BYTES];
        stamp_now(stamp);
        fprintf(state.file, "%s %s%s\n", stamp, prefix[level], line);
        fflush(state.file);
    }
}

void oc_log(oc_log_level level, const char *format, ...)
{
    if (state.rank != 0 || level > state.most)
        return;
    va_list args;
    va_start(args, format);
    write_line(level, (int)state.terminal, format, args);
    va_end(args);
}

void oc_log_every_rank(oc_log_level level, const char *format, ...)
{
    if (level > state.most)
        return;
    va_list args;
    va_start(args, format);
    write_line(level, (int)state.terminal, format, args);
    va_end(args);
}

void oc_log_file_only(oc_log_level level, const char *format, ...)
{
    va_list args;
    if (!state.file)
        return;
    va_start(args, format);
    write_line(level, NO_LEVEL, format, args);
    va_end(args);
}

void oc_log_last_words(const char *text)
{
    char stamp[STAMP_BYTES], line[OC_PLAIN_TEXT + 64];
    const int file = atomic_load(&descriptor);
    if (file < 0)
        return;
    stamp_now(stamp);
    const int length = snprintf(line, sizeof line, "%s %s%.*s\n", stamp, prefix[OC_LOG_ERROR],
                                OC_PLAIN_TEXT, text);
    if (length > 0 && write(file, line, (size_t)length) < 0) {
        /* nobody can be told; leaving is what counts */
    }
}
