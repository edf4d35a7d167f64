/* conv_dnnl.h - oneDNN's convolution as bench_conv sees it. Without oneDNN (1.x to 2.x) in the
 * build, bench_dnnl_open returns NULL. */
#ifndef OC_TESTS_BENCH_CONV_DNNL_H
#define OC_TESTS_BENCH_CONV_DNNL_H

#include "kernels/kernels.h"

const char *bench_dnnl_version(void);

/* pass: 0 forward, 1 backward data, 2 backward weights. NULL if it cannot be made. */
void *bench_dnnl_open(int pass, int n, const oc_window *window, int outputs);
void bench_dnnl_run(void *pass);
void bench_dnnl_close(void *pass);

#endif
