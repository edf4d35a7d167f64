/* flight_records.c - see flight_records.h. What writes runs while other threads may be stuck with
 * any lock: no malloc, no stdio but snprintf, numbers as integers. */
#include "rundir/flight_records.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FLIGHT "flight"
#define MISSING FLIGHT "/missing.json"

enum { TEXT_BYTES = 32 * 1024 }; /* a record has at most half of this */

typedef struct text {
    char bytes[TEXT_BYTES];
    size_t length;
} text;

/* What no longer fits is left out. */
OC_PRINTF(2, 3)
static void add(text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(t->bytes + t->length, sizeof t->bytes - t->length, format, args);
    va_end(args);
    if (length > 0 && (size_t)length < sizeof t->bytes - t->length)
        t->length += (size_t)length;
}

/* Seconds with microseconds. */
static void add_seconds(text *t, double seconds)
{
    const uint64_t microseconds = seconds > 0 ? (uint64_t)(1e6 * seconds) : 0;
    add(t, "%llu.%06llu", (unsigned long long)(microseconds / 1000000),
        (unsigned long long)(microseconds % 1000000));
}

static void add_text(text *t, const char *what)
{
    if (!what) {
        add(t, "null");
        return;
    }
    add(t, "\"");
    for (; *what; what++)
        if (*what != '"' && *what != '\\' && (unsigned char)*what >= ' ')
            add(t, "%c", *what);
    add(t, "\"");
}

static void add_number(text *t, const char *key, oc_recorded event)
{
    if (event.what && event.number != OC_NO_NUMBER)
        add(t, "  \"%s\": %llu,\n", key, (unsigned long long)event.number);
    else
        add(t, "  \"%s\": null,\n", key);
}

static void add_ranks(text *t, const int *rank, int ranks)
{
    for (int i = 0; i < ranks; i++)
        add(t, "%s%d", i ? ", " : "", rank[i]);
}

/* The line that people look at first. */
static void add_summary(text *t, const oc_watch_report *report)
{
    char whom[128];
    const oc_recorded step = oc_recorder_last(report->recorder, OC_RECORD_STEP);
    const oc_recorded phase = oc_recorder_last(report->recorder, OC_RECORD_PHASE);
    oc_awaited_text(whom, sizeof whom, report->bucket, report->buckets);
    add(t, "  \"summary\": \"rank %d: ", report->rank);
    const unsigned tenths = (unsigned)(10 * report->seconds);
    if (report->event == OC_WATCH_LOST)
        add(t, "waited %u.%u s in %s for %s", tenths / 10, tenths % 10, report->what, whom);
    else if (report->event == OC_WATCH_FAILED)
        add(t, "lost contact in %s to %s", report->what, whom);
    else
        add(t, "was late: no contact to the other ranks for %u.%u s", tenths / 10, tenths % 10);
    if (step.what)
        add(t, "; %s %llu", step.what, (unsigned long long)step.number);
    if (phase.what)
        add(t, ", %s", phase.what);
    if (phase.what && phase.number != OC_NO_NUMBER)
        add(t, " %llu", (unsigned long long)phase.number);
    add(t, "\",\n");
}

static void add_buckets(text *t, const oc_watch_report *report)
{
    int rank[OC_AWAITED_BATCHES * OC_AWAITED_PEERS];
    const int ranks = oc_awaited_ranks(report->bucket, report->buckets, rank,
                                       (int)(sizeof rank / sizeof rank[0]));
    add(t, "  \"waits_for\": [");
    add_ranks(t, rank, ranks);
    add(t, "],\n  \"buckets\": [");
    for (int i = 0; i < report->buckets; i++) {
        add(t, "%s{\"bucket\": %llu, \"waits_for\": [", i ? ", " : "",
            (unsigned long long)report->bucket[i].bucket);
        add_ranks(t, report->bucket[i].peer, report->bucket[i].peers);
        add(t, "]}");
    }
    add(t, "],\n");
}

/* `epoch`: what makes a time of oc_seconds one of the Unix epoch. */
static void add_events(text *t, const oc_recorder *recorder, double epoch)
{
    oc_recorded event[OC_RECORDER_EVENTS];
    const size_t count = oc_recorder_read(recorder, event);
    add(t, "  \"events\": [");
    for (size_t i = 0; i < count; i++) {
        add(t, "%s\n    {\"unix_time\": ", i ? "," : "");
        add_seconds(t, epoch + event[i].seconds);
        add(t, ", \"event\": ");
        add_text(t, event[i].what);
        if (event[i].number != OC_NO_NUMBER)
            add(t, ", \"number\": %llu", (unsigned long long)event[i].number);
        add(t, "}");
    }
    add(t, "\n  ]\n");
}

static void describe(text *t, const oc_watch_report *report)
{
    static const char *const reasons[] = {
        [OC_WATCH_LOST] = "waited", [OC_WATCH_FAILED] = "failed", [OC_WATCH_LATE] = "late"};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const double unix_time = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    const oc_recorded phase = oc_recorder_last(report->recorder, OC_RECORD_PHASE);
    add(t, "{\n");
    add_summary(t, report);
    add(t, "  \"reason\": \"%s\",\n  \"rank\": %d,\n  \"ranks\": %d,\n  \"host\": ",
        reasons[report->event], report->rank, report->ranks);
    add_text(t, report->host);
    add(t, ",\n  \"unix_time\": ");
    add_seconds(t, unix_time);
    add(t, ",\n");
    add_number(t, "step", oc_recorder_last(report->recorder, OC_RECORD_STEP));
    add(t, "  \"phase\": ");
    add_text(t, phase.what);
    add(t, ",\n");
    add_number(t, "bucket", oc_recorder_last(report->recorder, OC_RECORD_BUCKET));
    add(t, "  \"waits_in\": ");
    add_text(t, report->what);
    add(t, ",\n  \"seconds\": ");
    add_seconds(t, report->seconds);
    add(t, ",\n");
    add_buckets(t, report);
    add_events(t, report->recorder, unix_time - oc_seconds());
    add(t, "}\n");
}

/* FOLDER/flight/rank-N.json -> path[OC_PATH_BYTES]. */
static oc_status place(char *path, const char *folder, int rank)
{
    char name[64];
    snprintf(name, sizeof name, FLIGHT "/rank-%d.json", rank);
    return oc_path_join(path, folder, name);
}

static void say(const oc_watch_report *report, const char *message)
{
    char line[2048];
    const int length = snprintf(line, sizeof line - 1, "rank %d on %.255s: %.1500s", report->rank,
                                report->host, message);
    oc_log_last_words(line);
    line[length] = '\n';
    if (write(STDERR_FILENO, line, (size_t)length + 1) < 0) {
        /* nobody can be told */
    }
}

/* The folder alone is made: where its parent is not to be seen this is no place for records. */
static void write_record(const char *folder, const oc_watch_report *report)
{
    char path[OC_PATH_BYTES];
    text t = {.length = 0};
    oc_status status = oc_path_join(path, folder, FLIGHT);
    if (status == OC_OK && mkdir(path, 0777) != 0 && errno != EEXIST)
        status = oc_fail(OC_ERR_IO, "%s: cannot create folder: %s", path, strerror(errno));
    if (status == OC_OK)
        status = place(path, folder, report->rank);
    describe(&t, report);
    if (status == OC_OK)
        status = oc_file_write(path, t.bytes, t.length);
    if (status != OC_OK && report->event != OC_WATCH_LATE)
        say(report, oc_message());
}

static void remove_record(const char *folder, int rank)
{
    char path[OC_PATH_BYTES];
    if (place(path, folder, rank) == OC_OK)
        unlink(path);
    if (oc_path_join(path, folder, FLIGHT) == OC_OK)
        rmdir(path); /* unless there are others */
}

/* The first rank that leaves names those of which there is no record: what was stopped or is dead
 * writes none. */
static void name_missing(const char *folder, const oc_watch_report *report)
{
    enum { SHOWN = 8 };
    char path[OC_PATH_BYTES];
    text list = {.length = 0}, shown = {.length = 0};
    int missing = 0;
    if (oc_path_join(path, folder, MISSING) != OC_OK)
        return;
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0)
        return;
    add(&list, "{\n  \"ranks\": %d,\n  \"without_record\": [", report->ranks);
    for (int rank = 0; rank < report->ranks; rank++) {
        if (place(path, folder, rank) != OC_OK || oc_file_exists(path))
            continue;
        add(&list, "%s%d", missing ? ", " : "", rank);
        if (missing++ < SHOWN)
            add(&shown, "%s%d", missing > 1 ? ", " : "", rank);
    }
    add(&list, "]\n}\n");
    if (missing > SHOWN)
        add(&shown, " and %d more", missing - SHOWN);
    if (write(file, list.bytes, list.length) < 0) {
        /* it is said below, too */
    }
    close(file);
    char line[512];
    snprintf(line, sizeof line,
             "no flight record of rank%s %.200s: stopped, dead, or without access to the run "
             "directory",
             missing > 1 ? "s" : "", shown.bytes);
    if (missing > 0)
        say(report, line);
}

void oc_flight_records_write(const char *folder, const oc_watch_report *report)
{
    switch (report->event) {
    case OC_WATCH_WENT_ON:
        remove_record(folder, report->rank);
        break;
    case OC_WATCH_ENDS:
        name_missing(folder, report);
        break;
    default:
        write_record(folder, report);
    }
}

/* FOLDER/flight.before with what this program writes there; what else is in it stays, and it then
 * too. */
static void remove_old(const char *path)
{
    DIR *const stream = opendir(path);
    if (!stream)
        return;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (strncmp(entry->d_name, "rank-", 5) == 0 || strncmp(entry->d_name, ".rank-", 6) == 0 ||
            strcmp(entry->d_name, "missing.json") == 0)
            unlinkat(dirfd(stream), entry->d_name, 0);
    closedir(stream);
    rmdir(path);
}

/* Rank 0: the last loss's records make room, and stay to be looked at until there is another loss.
 */
static oc_status set_aside(const char *folder)
{
    char now[OC_PATH_BYTES], before[OC_PATH_BYTES];
    oc_status status = oc_path_join(now, folder, FLIGHT);
    if (status == OC_OK)
        status = oc_path_join(before, folder, FLIGHT ".before");
    if (status != OC_OK || !oc_file_exists(now))
        return status;
    remove_old(before);
    if (rename(now, before) != 0)
        return oc_fail(OC_ERR_IO, "%s: cannot be renamed to %s: %s", now, before, strerror(errno));
    oc_log(OC_LOG_INFO, "ranks were lost before: flight records in %s", before);
    return OC_OK;
}

oc_status oc_flight_records_begin(oc_comm *comm, const char *folder)
{
    char path[OC_PATH_BYTES] = "";
    oc_status status = OC_OK;
    if (oc_comm_rank(comm) == 0 && folder[0]) {
        status = set_aside(folder);
        if (status == OC_OK && !realpath(folder, path))
            status = oc_fail(OC_ERR_IO, "%s: %s", folder, strerror(errno));
    }
    if (oc_comm_size(comm) == 1)
        return status;
    status = oc_comm_agree(comm, status);
    if (status == OC_OK)
        status = oc_comm_broadcast(comm, path, sizeof path, 0);
    if (status == OC_OK && path[0])
        oc_comm_keep_record(comm, oc_flight_records_write, path);
    return status;
}

void oc_flight_records_end(oc_comm *comm)
{
    oc_comm_keep_record(comm, NULL, NULL);
}
