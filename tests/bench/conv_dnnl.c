/* conv_dnnl.c - one pass of a convolution by oneDNN 2, in the layouts it prefers, as PyTorch
 * asks for it (algorithm "direct"). Memory is filled with small numbers. */
#include "conv_dnnl.h"

#include <stdio.h>
#include <stdlib.h>

#if ONECYCLE_BENCH_DNNL
#include <dnnl.h>

typedef struct peer {
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[3];
    dnnl_exec_arg_t argument[3];
} peer;

static dnnl_engine_t engine;
static dnnl_stream_t stream;

/* Of the OpenMP library that oneDNN brings along, if it does. */
extern void omp_set_num_threads(int threads) __attribute__((weak));

/* One thread, like our kernels: whatever OMP_NUM_THREADS says. */
static int start(void)
{
    if (engine)
        return 1;
    if (omp_set_num_threads)
        omp_set_num_threads(1);
    return dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success &&
           dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) == dnnl_success;
}

const char *bench_dnnl_version(void)
{
    static char text[64];
    const dnnl_version_t *v = dnnl_version();
    snprintf(text, sizeof text, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
    return text;
}

static void fill(dnnl_memory_t memory, const dnnl_memory_desc_t *desc)
{
    void *data = NULL;
    dnnl_memory_get_data_handle(memory, &data);
    float *out = data;
    for (size_t i = 0; i < dnnl_memory_desc_get_size(desc) / sizeof *out; i++)
        out[i] = (float)(i * 2654435761u >> 8 & 0xffff) / 65536.0f - 0.5f;
}

static dnnl_primitive_desc_t describe(int pass, int n, const oc_window *w, int outputs)
{
    const dnnl_dims_t x = {n, w->channels, w->height, w->width};
    const dnnl_dims_t taps = {outputs, w->channels, w->kernel_h, w->kernel_w};
    const dnnl_dims_t y = {n, outputs, w->out_h, w->out_w};
    const dnnl_dims_t stride = {w->stride_h, w->stride_w}, left = {w->pad_h, w->pad_w};
    const dnnl_dims_t right = {(w->out_h - 1) * w->stride_h + w->kernel_h - w->height - w->pad_h,
                               (w->out_w - 1) * w->stride_w + w->kernel_w - w->width - w->pad_w};
    dnnl_memory_desc_t mx, mw, my;
    dnnl_memory_desc_init_by_tag(&mx, 4, x, dnnl_f32, dnnl_format_tag_any);
    dnnl_memory_desc_init_by_tag(&mw, 4, taps, dnnl_f32, dnnl_format_tag_any);
    dnnl_memory_desc_init_by_tag(&my, 4, y, dnnl_f32, dnnl_format_tag_any);
    dnnl_convolution_desc_t desc;
    dnnl_primitive_desc_t forward = NULL, made = NULL;
    dnnl_convolution_forward_desc_init(&desc, dnnl_forward_training, dnnl_convolution_direct, &mx,
                                       &mw, NULL, &my, stride, left, right);
    if (dnnl_primitive_desc_create(&forward, &desc, NULL, engine, NULL) != dnnl_success)
        return NULL;
    if (pass == 0)
        return forward;
    if (pass == 1)
        dnnl_convolution_backward_data_desc_init(&desc, dnnl_convolution_direct, &mx, &mw, &my,
                                                 stride, left, right);
    else
        dnnl_convolution_backward_weights_desc_init(&desc, dnnl_convolution_direct, &mx, &mw, NULL,
                                                    &my, stride, left, right);
    if (dnnl_primitive_desc_create(&made, &desc, NULL, engine, forward) != dnnl_success)
        made = NULL;
    dnnl_primitive_desc_destroy(forward);
    return made;
}

void *bench_dnnl_open(int pass, int n, const oc_window *window, int outputs)
{
    static const struct {
        dnnl_query_t query;
        int argument;
    } parts[3][3] = {
        {{dnnl_query_src_md, DNNL_ARG_SRC},
         {dnnl_query_weights_md, DNNL_ARG_WEIGHTS},
         {dnnl_query_dst_md, DNNL_ARG_DST}},
        {{dnnl_query_diff_src_md, DNNL_ARG_DIFF_SRC},
         {dnnl_query_weights_md, DNNL_ARG_WEIGHTS},
         {dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST}},
        {{dnnl_query_src_md, DNNL_ARG_SRC},
         {dnnl_query_diff_weights_md, DNNL_ARG_DIFF_WEIGHTS},
         {dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST}},
    };
    if (!start())
        return NULL;
    dnnl_primitive_desc_t desc = describe(pass, n, window, outputs);
    peer *made = calloc(1, sizeof *made);
    if (!desc || !made || dnnl_primitive_create(&made->primitive, desc) != dnnl_success) {
        free(made);
        return NULL;
    }
    for (int i = 0; i < 3; i++) {
        const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(desc, parts[pass][i].query, 0);
        if (dnnl_memory_create(&made->memory[i], md, engine, DNNL_MEMORY_ALLOCATE) != dnnl_success)
            exit(70);
        fill(made->memory[i], md);
        made->argument[i] = (dnnl_exec_arg_t){parts[pass][i].argument, made->memory[i]};
    }
    dnnl_primitive_desc_destroy(desc);
    return made;
}

void bench_dnnl_run(void *pass)
{
    const peer *p = pass;
    if (dnnl_primitive_execute(p->primitive, stream, 3, p->argument) != dnnl_success ||
        dnnl_stream_wait(stream) != dnnl_success)
        exit(70);
}

void bench_dnnl_close(void *pass)
{
    peer *p = pass;
    if (!p)
        return;
    for (int i = 0; i < 3; i++)
        dnnl_memory_destroy(p->memory[i]);
    dnnl_primitive_destroy(p->primitive);
    free(p);
}

#else

const char *bench_dnnl_version(void)
{
    return "no oneDNN in this build";
}

void *bench_dnnl_open(int pass, int n, const oc_window *window, int outputs)
{
    (void)pass, (void)n, (void)window, (void)outputs;
    return NULL;
}

void bench_dnnl_run(void *pass)
{
    (void)pass;
}

void bench_dnnl_close(void *pass)
{
    (void)pass;
}

#endif
