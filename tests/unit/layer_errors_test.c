/* layer_errors_test.c - configurations and inputs that fit no layer: each is an error that names
 * the layer and the number at fault. Every layer of layers.def has at least one row. */
#include "harness.h"

#include "layers/layer.h"

#include <math.h>
#include <string.h>

typedef struct misfit {
    oc_layer_kind kind;
    oc_shape in;
    oc_layer_config config;
    const char *says; /* a part of the message */
    oc_shape second;  /* a second input; rank 0: none */
} misfit;

/* clang-format off */
static const misfit misfits[] = {
    {OC_LAYER_CONV2D, {3, {1, 4, 9}, 0}, {.channels = 2, .kernel = {5, 5}, .stride = {1, 1}}, .says = "larger than"},
    {OC_LAYER_CONV2D, {3, {1, 9, 2}, 0}, {.channels = 2, .kernel = {5, 5}, .stride = {1, 1}, .pad = {1, 1}}, .says = "width"},
    {OC_LAYER_CONV2D, {3, {1, 9, 9}, 0}, {.channels = 2, .kernel = {0, 5}, .stride = {1, 1}}, .says = "kernel 0"},
    {OC_LAYER_CONV2D, {3, {1, 9, 9}, 0}, {.channels = 2, .kernel = {3, 3}, .stride = {1, 0}}, .says = "stride 0"},
    {OC_LAYER_CONV2D, {3, {1, 9, 9}, 0}, {.channels = 2, .kernel = {3, 3}, .stride = {1, 1}, .pad = {-1, 0}}, .says = "padding -1"},
    {OC_LAYER_CONV2D, {3, {1, 9, 9}, 0}, {.channels = 2, .kernel = {3, 3}, .stride = {1, 1}, .pad = {0x7fffffff, 0}}, .says = "padding 2147483647"},
    {OC_LAYER_CONV2D, {3, {1, 9, 9}, 0}, {.channels = 0, .kernel = {3, 3}, .stride = {1, 1}}, .says = "0 output channels"},
    {OC_LAYER_CONV2D, {3, {1, 9, 9}, 0}, {.channels = 0x7fffffff, .kernel = {3, 3}, .stride = {1, 1}}, .says = "output channels"},
    {OC_LAYER_CONV2D, {3, {0, 9, 9}, 0}, {.channels = 2, .kernel = {3, 3}, .stride = {1, 1}}, .says = "0x9x9"},
    {OC_LAYER_CONV2D, {3, {1, 0, 9}, 0}, {.channels = 2, .kernel = {3, 3}, .stride = {1, 1}}, .says = "1x0x9"},
    {OC_LAYER_CONV2D, {3, {-3, 9, -9}, 0}, {.channels = 2, .kernel = {3, 3}, .stride = {1, 1}}, .says = "-3x9x-9"},
    {OC_LAYER_CONV2D, {3, {64, 4096, 4096}, 0}, {.channels = 2, .kernel = {3, 3}, .stride = {1, 1}}, .says = "2^30"},
    {OC_LAYER_CONV2D, {3, {1 << 20, 4, 4}, 0}, {.channels = 1 << 20, .kernel = {3, 3}, .stride = {1, 1}}, .says = "2^30"},
    {OC_LAYER_CONV2D, {3, {1, 1024, 1024}, 0}, {.channels = 1 << 20, .kernel = {1, 1}, .stride = {1, 1}}, .says = "2^30"},
    {OC_LAYER_CONV2D, {3, {0x7fffffff, 0x7fffffff, 0x7fffffff}, 0}, {.channels = 2, .kernel = {3, 3}, .stride = {1, 1}}, .says = "2^30"},
    {OC_LAYER_CONV2D, {1, {81}, 0}, {.channels = 2, .kernel = {3, 3}, .stride = {1, 1}}, .says = "81"},
    {OC_LAYER_LINEAR, {3, {1, 4, 4}, 0}, {.channels = 2}, .says = "1x4x4"},
    {OC_LAYER_LINEAR, {1, {0}, 0}, {.channels = 2}, .says = "input 0"},
    {OC_LAYER_LINEAR, {1, {7}, 0}, {.channels = 0}, .says = "0 outputs"},
    {OC_LAYER_LINEAR, {1, {7}, 0}, {.channels = -5}, .says = "-5 outputs"},
    {OC_LAYER_LINEAR, {1, {1 << 20}, 0}, {.channels = 1 << 20}, .says = "2^30"},
    {OC_LAYER_BATCH_NORM, {2, {3, 4}, 0}, {.epsilon = 1e-5, .rate = 0.1}, .says = "2 dimensions"},
    {OC_LAYER_BATCH_NORM, {1, {0}, 0}, {.epsilon = 1e-5, .rate = 0.1}, .says = "input 0"},
    {OC_LAYER_BATCH_NORM, {1, {3}, 0}, {.epsilon = 0, .rate = 0.1}, .says = "epsilon 0"},
    {OC_LAYER_BATCH_NORM, {1, {3}, 0}, {.epsilon = 1e-5, .rate = 1.5}, .says = "rate 1.5"},
    {OC_LAYER_RELU, {3, {0, 1, 1}, 0}, {0}, .says = "0x1x1"},
    {OC_LAYER_MAX_POOL, {3, {2, 3, 3}, 0}, {.kernel = {4, 2}, .stride = {1, 1}}, .says = "larger than"},
    {OC_LAYER_MAX_POOL, {3, {2, 9, 9}, 0}, {.kernel = {3, 3}, .stride = {1, 1}, .pad = {2, 0}}, .says = "padding 2x0"},
    {OC_LAYER_MAX_POOL, {1, {9}, 0}, {.kernel = {3, 3}, .stride = {1, 1}}, .says = "expected channels"},
    {OC_LAYER_AVG_POOL, {3, {2, 3, 3}, 0}, {.kernel = {2, 6}, .stride = {1, 1}, .pad = {0, 1}}, .says = "larger than"},
    {OC_LAYER_AVG_POOL, {3, {2, 9, 9}, 0}, {.kernel = {3, 3}, .stride = {-1, 1}}, .says = "stride -1"},
    {OC_LAYER_FLATTEN, {3, {65536, 65536, 1}, 0}, {0}, .says = "2^30"},
    {OC_LAYER_FLATTEN, {3, {65536, 65536, 65536}, 0}, {0}, .says = "2^30"},
    {OC_LAYER_DROPOUT, {1, {9}, 0}, {.probability = 1}, .says = "probability 1"},
    {OC_LAYER_DROPOUT, {1, {9}, 0}, {.probability = -0.1}, .says = "probability -0.1"},
    {OC_LAYER_DROPOUT, {1, {9}, 0}, {.probability = NAN}, .says = "probability"},
    {OC_LAYER_RELU, {1, {9}, 0}, {0}, .says = "2 inputs", .second = {1, {9}, 0}},
    {OC_LAYER_ADD, {1, {9}, 0}, {0}, .says = "1 inputs"},
    {OC_LAYER_ADD, {3, {3, 1, 1}, 0}, {0}, .says = "3x1x1 and 3;", .second = {1, {3}, 0}},
    {OC_LAYER_MAX_POOL, {3, {2, 3, 3}, 0}, {.kernel = {4, 2}, .stride = {1, 1}, .ceil_mode = 1}, .says = "larger than"},
    {OC_LAYER_CONCAT, {3, {2, 3, 3}, 0}, {0}, .says = "2x3x3 and 2x3x4", .second = {3, {2, 3, 4}, 0}},
    {OC_LAYER_CONCAT, {3, {2, 3, 3}, 0}, {0}, .says = "2x3x3 and 18", .second = {1, {18}, 0}},
    {OC_LAYER_CONCAT, {1, {1 << 30}, 0}, {0}, .says = "1073741825 channels", .second = {1, {1}, 0}},
    {OC_LAYER_PAD_CHANNELS, {3, {4, 3, 3}, 0}, {.channels = 3, .stride = {1, 1}}, .says = "3 channels of 4"},
    {OC_LAYER_PAD_CHANNELS, {3, {4, 3, 3}, 0}, {.channels = 8, .stride = {2, 0}}, .says = "stride 2x0"},
    {OC_LAYER_PAD_CHANNELS, {3, {4, 300, 3000}, 0}, {.channels = 1 << 30, .stride = {1, 1}}, .says = "2^30"},
    {OC_LAYER_PAD_CHANNELS, {1, {4}, 0}, {.channels = 8, .stride = {1, 1}}, .says = "input 4"},
    {OC_LAYER_SCALE, {1, {4}, 0}, {.factor = INFINITY}, .says = "factor inf"},
    {OC_LAYER_GLOBAL_AVG_POOL, {1, {4}, 0}, {0}, .says = "input 4"},
    {OC_LAYER_GLOBAL_MAX_POOL, {1, {4}, 0}, {0}, .says = "input 4"},
    {OC_LAYER_LOCAL_RESPONSE_NORM, {1, {4}, 0}, {.size = 3, .k = 1}, .says = "input 4"},
    {OC_LAYER_LOCAL_RESPONSE_NORM, {3, {4, 2, 2}, 0}, {.size = 4, .k = 1}, .says = "size 4"},
    {OC_LAYER_LOCAL_RESPONSE_NORM, {3, {4, 2, 2}, 0}, {.size = 3, .alpha = 1, .k = 0}, .says = "k 0"},
    {OC_LAYER_LOCAL_RESPONSE_NORM, {3, {4, 2, 2}, 0}, {.size = 3, .alpha = NAN, .k = 1}, .says = "alpha"},
    {OC_LAYER_GROUP_NORM, {3, {4, 2, 2}, 0}, {.groups = 3, .epsilon = 1e-5}, .says = "3 groups of 4"},
    {OC_LAYER_GROUP_NORM, {3, {4, 2, 2}, 0}, {.groups = 0, .epsilon = 1e-5}, .says = "0 groups"},
    {OC_LAYER_GROUP_NORM, {3, {4, 2, 2}, 0}, {.groups = 2}, .says = "epsilon 0"},
    {OC_LAYER_GROUP_NORM, {2, {4, 2}, 0}, {.groups = 2, .epsilon = 1e-5}, .says = "2 dimensions"},
    {OC_LAYER_LEAKY_RELU, {1, {4}, 0}, {.factor = -0.1}, .says = "factor -0.1"},
    {OC_LAYER_GELU, {1, {0}, 0}, {0}, .says = "input 0"},
    {OC_LAYER_SILU, {1, {0}, 0}, {0}, .says = "input 0"},
};
/* clang-format on */

/* 16 channels of 2^26 pixels are 2^30 values; one channel more is stored as 32. */
static void blocks_count(void)
{
    const oc_shape fits = oc_shape_blocked(16, 8192, 8192),
                   too_large = oc_shape_blocked(17, 8192, 8192);
    const oc_layer_config conv = {.channels = 17, .kernel = {1, 1}, .stride = {1, 1}};
    const oc_shape plain = oc_shape3(1, 8192, 8192);
    const oc_layer_config none = {0};
    oc_layer layer = {0};
    CU_ASSERT_EQUAL(oc_layer_plan(&layer, OC_LAYER_RELU, "it", &fits, 1, &none), OC_OK);
    CU_ASSERT_EQUAL(oc_layer_plan(&layer, OC_LAYER_RELU, "it", &too_large, 1, &none), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "17x8192x8192; expected 1 to 2^30"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "sixteens"));
    CU_ASSERT_EQUAL(oc_layer_plan(&layer, OC_LAYER_CONV2D, "it", &plain, 1, &conv), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "output 17x8192x8192"));
    /* Not in blocks, though the layer wants it so: the network's fault, not the recipe's. */
    CU_ASSERT_EQUAL(oc_layer_plan(&layer, OC_LAYER_RELU, "it", &plain, 1, &none), OC_ERR_INTERNAL);
}

static void shape_errors(void)
{
    int checked[OC_LAYER_COUNT] = {0};
    for (size_t i = 0; i < sizeof misfits / sizeof misfits[0]; i++) {
        const misfit *m = &misfits[i];
        oc_layer layer = {0};
        oc_fail(OC_OK, "nothing");
        oc_shape in[2] = {m->in, m->second};
        for (int k = 0; k < 2; k++)
            in[k].blocked = in[k].rank == 3 && !oc_layer_takes_plain(m->kind);
        const oc_status status =
            oc_layer_plan(&layer, m->kind, "odd7", in, m->second.rank > 0 ? 2 : 1, &m->config);
        if (status != OC_ERR_USAGE || !strstr(oc_message(), "odd7") ||
            !strstr(oc_message(), m->says)) {
            printf("misfit %zu: status %d, \"%s\", expected \"%s\"\n", i, (int)status, oc_message(),
                   m->says);
            CU_FAIL("shape error");
        }
        checked[m->kind]++;
    }
    for (int kind = 0; kind < OC_LAYER_COUNT; kind++)
        CU_ASSERT(checked[kind] > 0);
}

static const oc_case cases[] = {
    {"shape errors name the layer", shape_errors},
    {"sizes count what is stored", blocks_count},
};

int main(void)
{
    return OC_RUN_CASES("layer_errors", cases);
}
