/* sample_sink.c - see sample_sink.h. */
#include "import/sample_sink.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20 };

/* Samples of one split that are not written yet. */
typedef struct block {
    unsigned char *inputs;
    int32_t *labels;
    double *targets; /* NULL with classes */
    size_t n;
} block;

struct oc_sample_sink {
    oc_dataset_writer *writer;
    block block[OC_SPLIT_COUNT]; /* of splits that have samples */
    oc_stored stored;
    size_t most;            /* samples of a block */
    size_t values, targets; /* numbers of a sample; targets 0: classes */
};

static size_t sample_bytes(const oc_sample_sink *sink)
{
    return sink->values * oc_stored_bytes(sink->stored);
}

/* Blocks of about BLOCK_BYTES, but not of more samples than there are. */
static oc_status make_blocks(oc_sample_sink *sink, const oc_dataset_plan *plan, const char *out)
{
    const size_t each = sample_bytes(sink) + sizeof(int32_t) + sink->targets * sizeof(double);
    uint64_t all = 0;
    int is_there = 1;
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        all += plan->samples[split];
    sink->most = each < BLOCK_BYTES ? BLOCK_BYTES / each : 1;
    sink->most = sink->most < all ? sink->most : (size_t)all;
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        block *const b = &sink->block[split];
        if (plan->samples[split] == 0)
            continue;
        b->inputs = malloc(sink->most * sample_bytes(sink));
        b->labels = malloc(sink->most * sizeof *b->labels);
        b->targets = sink->targets ? malloc(sink->most * sink->targets * sizeof(double)) : NULL;
        is_there = is_there && b->inputs && b->labels && (b->targets || !sink->targets);
    }
    return is_there
               ? OC_OK
               : oc_fail(OC_ERR_MEMORY, "%s: no memory for blocks of %zu samples", out, sink->most);
}

oc_status oc_sample_sink_create(oc_sample_sink **sink, const oc_dataset_plan *plan, const char *out)
{
    oc_sample_sink *const made = calloc(1, sizeof *made);
    *sink = made;
    if (!made)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to write it", out);
    oc_status status = oc_dataset_writer_create(&made->writer, plan, out);
    made->stored = plan->stored;
    made->values = oc_schema_values(plan->schema);
    made->targets = plan->schema->kind == OC_TARGETS_CLASSES ? 0 : (size_t)plan->schema->classes;
    if (!status)
        status = make_blocks(made, plan, out);
    return status;
}

void *oc_sample_sink_next(const oc_sample_sink *sink, oc_split split)
{
    return sink->block[split].inputs + sink->block[split].n * sample_bytes(sink);
}

void oc_sample_sink_numbers(oc_sample_sink *sink, oc_split split, const double *numbers)
{
    void *const to = oc_sample_sink_next(sink, split);
    float *const floats = to;
    if (sink->stored == OC_STORED_FLOAT64)
        memcpy(to, numbers, sink->values * sizeof *numbers);
    else
        for (size_t i = 0; i < sink->values; i++)
            floats[i] = (float)numbers[i];
}

static oc_status flush(oc_sample_sink *sink, oc_split split)
{
    block *const b = &sink->block[split];
    const size_t n = b->n;
    b->n = 0;
    if (n == 0)
        return OC_OK;
    return sink->targets == 0
               ? oc_dataset_writer_add(sink->writer, split, b->inputs, b->labels, n)
               : oc_dataset_writer_add_targets(sink->writer, split, b->inputs, b->targets, n);
}

oc_status oc_sample_sink_add(oc_sample_sink *sink, oc_split split, int32_t label,
                             const double *targets)
{
    block *const b = &sink->block[split];
    if (sink->targets > 0)
        memcpy(b->targets + b->n * sink->targets, targets, sink->targets * sizeof *targets);
    b->labels[b->n++] = label;
    return b->n == sink->most ? flush(sink, split) : OC_OK;
}

oc_status oc_sample_sink_finish(oc_sample_sink *sink)
{
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = flush(sink, (oc_split)split);
    if (!status) {
        status = oc_dataset_writer_finish(sink->writer);
        sink->writer = NULL;
    }
    oc_sample_sink_discard(sink);
    return status;
}

void oc_sample_sink_discard(oc_sample_sink *sink)
{
    if (!sink)
        return;
    oc_dataset_writer_discard(sink->writer);
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        free(sink->block[split].inputs);
        free(sink->block[split].labels);
        free(sink->block[split].targets);
    }
    free(sink);
}
