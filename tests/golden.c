/* golden.c - see golden.h. */
#include "golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 512 };

uint32_t oc_golden_hash(uint32_t index)
{
    uint32_t x = index; /* "lowbias32" (C. Wellons, hash-prospector) */
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    return x ^ x >> 16;
}

double oc_golden_uniform(uint32_t index)
{
    return oc_golden_hash(index) / 4294967296.0;
}

void oc_golden_fill(float *out, size_t count, uint32_t offset, double shift, double scale)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (float)(shift + scale * oc_golden_uniform(offset + (uint32_t)i));
}

void oc_golden_weights(float *out, size_t count, uint32_t t, size_t fan_in)
{
    const double root = sqrt((double)fan_in);
    for (size_t i = 0; i < count; i++)
        out[i] = (float)((2 * oc_golden_uniform(1000003U * t + (uint32_t)i) - 1) / root);
}

void oc_golden_batch(uint32_t step, float *images, int32_t *labels)
{
    const uint32_t offset = 7919U * (step + 1) + 500000000U;
    for (uint32_t j = 0; j < OC_GOLDEN_BATCH; j++) {
        const uint32_t label = oc_golden_hash(777U + 64U * step + j) % 10U;
        labels[j] = (int32_t)label;
        for (uint32_t pixel = 0; pixel < OC_GOLDEN_PIXELS; pixel++) {
            const uint32_t i = j * OC_GOLDEN_PIXELS + pixel, row = pixel / 28;
            const double bright = (row / 3 + label) % 4 == 0 ? 0.5 : 0;
            images[i] = (float)(oc_golden_uniform(offset + i) + bright);
        }
    }
}

static void stop(const char *name, const char *why)
{
    fprintf(stderr, "tests/golden/%s: %s\n", name, why);
    abort();
}

static FILE *open_golden(const char *name)
{
    char path[4096];
    const char *source = getenv("ONECYCLE_SOURCE");
    snprintf(path, sizeof path, "%s/tests/golden/%s", source ? source : ".", name);
    FILE *file = fopen(path, "r");
    if (!file)
        stop(path, "cannot be opened (set ONECYCLE_SOURCE to the source folder)");
    return file;
}

/* The next line that is no comment, without its newline; 0 at the end. */
static int next_line(FILE *file, char line[LINE_BYTES])
{
    do
        if (!fgets(line, LINE_BYTES, file))
            return 0;
    while (line[0] == '#');
    line[strcspn(line, "\n")] = '\0';
    return 1;
}

size_t oc_golden_numbers(const char *name, size_t columns, double *values, size_t most_rows)
{
    char line[LINE_BYTES];
    size_t rows = 0;
    FILE *file = open_golden(name);
    if (!next_line(file, line))
        stop(name, "no header");
    for (; next_line(file, line); rows++) {
        const char *at = line;
        if (rows == most_rows)
            stop(name, "more rows than the test expects");
        for (size_t c = 0; c < columns; c++) {
            char *end = NULL;
            values[rows * columns + c] = strtod(at, &end);
            if (end == at || *end != (c + 1 < columns ? ',' : '\0'))
                stop(name, line);
            at = end + 1;
        }
    }
    fclose(file);
    return rows;
}

size_t oc_golden_tensor(const char *name, const char *layer, const char *tensor, double *values,
                        size_t most)
{
    char line[LINE_BYTES], prefix[LINE_BYTES];
    size_t count = 0;
    FILE *file = open_golden(name);
    const size_t length = (size_t)snprintf(prefix, sizeof prefix, "%s,%s,", layer, tensor);
    if (!next_line(file, line))
        stop(name, "no header");
    while (next_line(file, line)) {
        unsigned long index = 0;
        double value = 0;
        char rest = 0;
        if (strncmp(line, prefix, length) != 0)
            continue;
        if (sscanf(line + length, "%lu,%lf%c", &index, &value, &rest) != 2 || index != count)
            stop(name, line);
        if (count == most)
            stop(name, "more values than the test expects");
        values[count++] = value;
    }
    fclose(file);
    return count;
}
