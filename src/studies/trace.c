/* trace.c - see trace.h. */
#include "studies/trace.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/median.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CLOCK_ROUNDS = 9 };

static oc_status begin_file(oc_trace *trace)
{
    const oc_status status = oc_file_create_stream(&trace->file, trace->temporary, trace->path);
    if (status == OC_OK)
        fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n", trace->file);
    return status;
}

oc_status oc_trace_start(oc_trace *trace, oc_run *run, const char *path)
{
    const size_t threads = (size_t)run->recipe.compute.threads;
    oc_status status = OC_OK;
    *trace = (oc_trace){
        .run = run, .profile = calloc(threads + 1, sizeof *trace->profile), .path = path};
    if (!trace->profile)
        status = oc_fail(OC_ERR_MEMORY, "--trace: no memory");
    for (size_t i = 0; i <= threads && status == OC_OK; i++) {
        const size_t rows = i < threads ? oc_run_profile_row(run, OC_STEP_PHASES)
                                        : oc_reduction_buckets(run->reduction);
        status = oc_profile_create(&trace->profile[i], rows);
        if (status == OC_OK)
            status = oc_profile_keep_spans(trace->profile[i], OC_TRACE_SPANS);
    }
    if (status == OC_OK && oc_comm_rank(run->comm) == 0)
        status = begin_file(trace);
    status = oc_comm_agree(run->comm, status);
    for (size_t i = 0; i < threads && status == OC_OK; i++)
        run->workers[i].workspace.profile = trace->profile[i];
    if (status == OC_OK)
        oc_reduction_set_profile(run->reduction, trace->profile[threads]);
    return status;
}

void oc_trace_free(oc_trace *trace)
{
    const size_t threads = trace->run ? (size_t)trace->run->recipe.compute.threads : 0;
    for (size_t i = 0; trace->profile && i <= threads; i++) {
        if (i < threads)
            trace->run->workers[i].workspace.profile = NULL;
        oc_profile_destroy(trace->profile[i]);
    }
    if (trace->run && trace->run->reduction)
        oc_reduction_set_profile(trace->run->reduction, NULL);
    free(trace->profile);
    if (trace->file) {
        fclose(trace->file);
        remove(trace->temporary);
    }
    *trace = (oc_trace){0};
}

/* Seconds to add to this rank's clock for rank 0's: all leave a sum at nearly the same time, and
 * the median of several differences does without the rounds in which one was held up. */
static oc_status compare_clocks(oc_comm *comm, double *behind)
{
    double difference[CLOCK_ROUNDS];
    oc_status status = OC_OK;
    for (int i = 0; i < CLOCK_ROUNDS && status == OC_OK; i++) {
        uint64_t nothing = 0;
        status = oc_comm_sum_u64(comm, &nothing, 1);
        const double mine = oc_seconds();
        double root = mine;
        if (status == OC_OK)
            status = oc_comm_broadcast(comm, &root, sizeof root, 0);
        difference[i] = root - mine;
    }
    *behind = oc_median(difference, CLOCK_ROUNDS);
    return status;
}

/* Names of layers are a recipe's: letters, digits and signs that need no escape but these. */
static void write_name(FILE *file, const char *name)
{
    for (; *name; name++)
        if (*name != '"' && *name != '\\' && (unsigned char)*name >= ' ')
            fputc(*name, file);
}

static void write_row(FILE *file, const oc_run *run, int is_exchange, size_t row)
{
    const size_t layers = (size_t)run->network->layers;
    if (is_exchange) {
        fprintf(file, "bucket %zu", row);
    } else if (row < 2 * layers) {
        write_name(file, run->network->layer[row / 2].name);
        fputs(row % 2 ? " backward" : " forward", file);
    } else {
        fputs(oc_run_phase_name((oc_step_phase)(row - 2 * layers)), file);
    }
}

/* Buckets overlap one another, so each of those under way at the same time has a line of its own,
 * behind those of the threads. */
static void write_spans(FILE *file, const oc_trace *trace, size_t thread, double behind)
{
    const oc_run *run = trace->run;
    const oc_profile *profile = trace->profile[thread];
    const size_t threads = (size_t)run->recipe.compute.threads;
    const int rank = oc_comm_rank(run->comm);
    for (size_t i = 0; i < profile->spans; i++) {
        const oc_timed_span *span = &profile->span[i];
        fputs(",\n{\"ph\":\"X\",\"name\":\"", file);
        write_row(file, run, thread == threads, span->row);
        fprintf(file, "\",\"pid\":%d,\"tid\":%zu,\"ts\":%.3f,\"dur\":%.3f}", rank,
                thread + (thread == threads ? span->lane : 0), 1e6 * (span->begin + behind),
                1e6 * (span->end - span->begin));
    }
    if (profile->left_out > 0)
        oc_log_every_rank(OC_LOG_WARN,
                          "--trace: rank %d: %llu spans came after the first %d, and "
                          "are left out",
                          rank, (unsigned long long)profile->left_out, OC_TRACE_SPANS);
}

static void write_thread_name(FILE *file, int rank, size_t line, const char *name, size_t number)
{
    fprintf(file,
            ",\n{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%d,\"tid\":%zu,"
            "\"args\":{\"name\":\"%s %zu\"}}",
            rank, line, name, number);
}

/* This rank's part of the file. Freed by the caller. */
static oc_status make_text(const oc_trace *trace, double behind, char **text, size_t *length)
{
    const oc_run *run = trace->run;
    const size_t threads = (size_t)run->recipe.compute.threads;
    const int rank = oc_comm_rank(run->comm);
    FILE *file = open_memstream(text, length);
    if (!file)
        return oc_fail(OC_ERR_MEMORY, "--trace: no memory");
    fprintf(file,
            "%s{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%d,\"args\":{\"name\":\"rank %d on ",
            rank ? ",\n" : "", rank, rank);
    write_name(file, oc_comm_host(run->comm));
    fputs("\"}}", file);
    for (size_t i = 0; i < threads; i++)
        write_thread_name(file, rank, i, "compute thread", i);
    for (size_t i = 0; i < OC_REDUCTION_FLIGHTS; i++)
        write_thread_name(file, rank, threads + i, "exchange", i);
    for (size_t i = 0; i <= threads; i++)
        write_spans(file, trace, i, behind);
    return fclose(file) == 0 ? OC_OK : oc_fail(OC_ERR_MEMORY, "--trace: no memory");
}

/* The ranks' texts, one after the other, through rank 0. */
static oc_status pass_on(const oc_trace *trace, char *mine, size_t length)
{
    oc_comm *comm = trace->run->comm;
    const int me = oc_comm_rank(comm);
    oc_status status = OC_OK;
    for (int rank = 0; rank < oc_comm_size(comm) && status == OC_OK; rank++) {
        uint64_t bytes = length;
        status = oc_comm_broadcast(comm, &bytes, sizeof bytes, rank);
        char *text = rank == me ? mine : malloc(bytes + 1);
        if (status == OC_OK)
            status =
                oc_comm_agree(comm, text ? OC_OK : oc_fail(OC_ERR_MEMORY, "--trace: no memory"));
        if (status == OC_OK)
            status = oc_comm_broadcast(comm, text, bytes, rank);
        if (status == OC_OK && trace->file)
            fwrite(text, 1, bytes, trace->file);
        if (rank != me)
            free(text);
    }
    return status;
}

static oc_status end_file(oc_trace *trace)
{
    fputs("\n]}\n", trace->file);
    const int failed = ferror(trace->file);
    const int closed = fclose(trace->file) == 0;
    trace->file = NULL;
    if (closed && !failed) {
        const oc_status status = oc_file_commit(trace->temporary, trace->path);
        if (status == OC_OK)
            oc_log(OC_LOG_INFO, "trace in %s", trace->path);
        return status;
    }
    const oc_status status =
        oc_fail(OC_ERR_IO, "%s: cannot be written: %s", trace->path, strerror(errno));
    remove(trace->temporary);
    return status;
}

oc_status oc_trace_write(oc_trace *trace)
{
    oc_comm *comm = trace->run->comm;
    char *text = NULL;
    size_t length = 0;
    double behind = 0;
    oc_status status = compare_clocks(comm, &behind);
    if (status == OC_OK)
        status = oc_comm_agree(comm, make_text(trace, behind, &text, &length));
    if (status == OC_OK)
        status = pass_on(trace, text, length);
    free(text);
    if (status == OC_OK)
        status = oc_comm_agree(comm, trace->file ? end_file(trace) : OC_OK);
    return status;
}
