/* bench_conv_report.c - convolutions as text and as JSON, and from text: see bench_conv.h. */
#include "cli/bench/bench_conv.h"

#include "cli/bench/bench.h"
#include "cli/common/measured.h"
#include "cli/common/report.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const pass_names[OC_BENCH_PASSES] = {"forward", "backward data",
                                                        "backward weights"};
static const char *const pass_keys[OC_BENCH_PASSES] = {"forward", "backward_data",
                                                       "backward_weights"};

oc_status oc_bench_conv_shape(const char *text, oc_bench_conv_row **rows, size_t *count)
{
    oc_conv conv = {.algorithm = OC_CONV_AUTO};
    oc_window *const w = &conv.window;
    int length = 0;
    if (text[0] < '0' || text[0] > '9' ||
        sscanf(text, "%6dx%6dx%6d-%6d,%4d,%4d,%4d%n", &w->channels, &w->height, &w->width,
               &conv.outputs, &w->kernel_h, &w->stride_h, &w->pad_h, &length) != 7 ||
        text[length] != '\0' || conv.outputs < 1)
        return oc_fail(OC_ERR_USAGE,
                       "--shape %s: expected channels x height x width - outputs, kernel, stride, "
                       "padding, such as 64x32x32-128,3,1,1",
                       text);
    w->kernel_w = w->kernel_h;
    w->stride_w = w->stride_h;
    w->pad_w = w->pad_h;
    const double weights = (double)conv.outputs * w->channels * w->kernel_h * w->kernel_w;
    oc_status status = oc_window_fit(w, "--shape");
    if (status == OC_OK &&
        (weights > 0x1p30 || (double)w->channels * w->height * w->width > 0x1p30))
        status = oc_fail(OC_ERR_USAGE, "--shape %s: more than 2^30 weights or values", text);
    if (status == OC_OK)
        status = oc_conv_plan(&conv, "--shape");
    if (status != OC_OK)
        return status;
    *rows = calloc(1, sizeof **rows);
    if (!*rows)
        return oc_fail(OC_ERR_MEMORY, "bench conv: no memory");
    **rows = (oc_bench_conv_row){.conv = conv, .layers = 1};
    *count = 1;
    return OC_OK;
}

void oc_bench_conv_print_head(int batch, int rounds)
{
    char text[160];
    oc_print_machine();
    snprintf(text, sizeof text,
             "GFLOP/s on one thread, batch %d, median of %d rounds; * is the one in use", batch,
             rounds);
    oc_print_wrapped("numbers", text);
    printf("\n%-20s", "");
    for (int a = OC_CONV_AUTO + 1; a < OC_CONV_ALGORITHMS; a++)
        printf(" %10s", oc_conv_algorithm_name((oc_conv_algorithm)a));
    printf("\n");
}

void oc_bench_conv_print(const oc_bench_conv_row *row)
{
    const oc_window *w = &row->conv.window;
    char text[OC_CONV_TEXT];
    printf("%dx%dx%d -> %dx%dx%d, %dx%d/%d: %s", w->channels, w->height, w->width,
           row->conv.outputs, w->out_h, w->out_w, w->kernel_h, w->kernel_w, w->stride_h,
           oc_conv_describe(&row->conv, text));
    if (row->layers > 1)
        printf(" (%d layers)", row->layers);
    printf("\n");
    for (int pass = 0; pass < OC_BENCH_PASSES; pass++) {
        printf("  %-18s", pass_names[pass]);
        for (int a = OC_CONV_AUTO + 1; a < OC_CONV_ALGORITHMS; a++) {
            if (row->gflops[a][pass] > 0)
                printf(" %9.1f%c", row->gflops[a][pass], a == (int)row->conv.algorithm ? '*' : ' ');
            else
                printf(" %9s ", "-");
        }
        printf("\n");
    }
    fflush(stdout);
}

static json_t *rates_json(const oc_bench_conv_row *row, int algorithm)
{
    json_t *const rates = json_object();
    for (int pass = 0; pass < OC_BENCH_PASSES; pass++)
        if (row->gflops[algorithm][pass] > 0)
            json_object_set_new(rates, pass_keys[pass], json_real(row->gflops[algorithm][pass]));
    return rates;
}

static json_t *row_json(const oc_bench_conv_row *row)
{
    const oc_window *w = &row->conv.window;
    char text[OC_CONV_TEXT];
    json_t *const gflops = json_object();
    for (int a = OC_CONV_AUTO + 1; a < OC_CONV_ALGORITHMS; a++)
        if (row->fits[a])
            json_object_set_new(gflops, oc_conv_algorithm_name((oc_conv_algorithm)a),
                                rates_json(row, a));
    return json_pack("{s:s, s:i, s:[i,i,i], s:[i,i,i], s:[i,i], s:[i,i], s:[i,i], s:s, s:s, s:o}",
                     "layer", row->name, "layers", row->layers, "input", w->channels, w->height,
                     w->width, "output", row->conv.outputs, w->out_h, w->out_w, "kernel",
                     w->kernel_h, w->kernel_w, "stride", w->stride_h, w->stride_w, "padding",
                     w->pad_h, w->pad_w, "algorithm", oc_conv_algorithm_name(row->conv.algorithm),
                     "by", oc_conv_describe(&row->conv, text), "gflops", gflops);
}

json_t *oc_bench_conv_json(const oc_bench_conv_row *rows, size_t count, int batch, int rounds)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, row_json(&rows[i]));
    return json_pack("{s:s, s:o, s:i, s:i, s:o}", "command", "bench conv", "machine",
                     oc_machine_json(), "batch", batch, "rounds", rounds, "convolutions", list);
}
