/* roofline_test.c - bounds of layers worked out by hand for a machine with round numbers, and what
 * a measurement of the machine must be like whatever machine it is. */
#include "harness.h"

#include "kernels/unit.h"
#include "models/network.h"
#include "studies/roofline.h"

enum { SHARD = 4, FLOAT = 4 };

/* 1 GFLOP/s and, for every size, 1 GB/s. */
static oc_machine plain_machine(void)
{
    oc_machine machine = {.workers = 1, .alone = 1e9, .busy = 1e9};
    for (int i = 0; i < OC_MACHINE_SETS; i++)
        machine.bandwidth[i] = 1e9;
    return machine;
}

/* 3x16x16 -> conv 1x1 (16) -> conv 3x3 (32) -> batch_norm -> relu -> linear (10) */
static oc_network *small_network(oc_conv_algorithm algorithm)
{
    oc_network *network = NULL;
    const oc_layer_config first = {
        .channels = 16, .kernel = {1, 1}, .stride = {1, 1}, .no_bias = 1};
    const oc_layer_config conv = {.channels = 32,
                                  .kernel = {3, 3},
                                  .stride = {1, 1},
                                  .pad = {1, 1},
                                  .no_bias = 1,
                                  .algorithm = algorithm};
    const oc_layer_config norm = {.epsilon = 1e-5, .rate = 0.1}, outputs = {.channels = 10};
    CU_ASSERT_EQUAL_FATAL(oc_network_create(&network, oc_shape3(3, 16, 16)), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_CONV2D, "first", &first), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_CONV2D, "conv", &conv), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_BATCH_NORM, "norm", &norm), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_RELU, "relu", NULL), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_FLATTEN, "flat", NULL), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_LINEAR, "fc", &outputs), OC_OK);
    oc_network_fuse(network);
    return network;
}

static oc_roof roof(const oc_network *network, const char *layer, int backward)
{
    const oc_machine machine = plain_machine();
    return oc_roofline(network, oc_network_find(network, layer), backward, SHARD, &machine);
}

static void winograd_counts_36_products_a_tile(void)
{
    oc_network *network = small_network(OC_CONV_WINOGRAD);
    const double products = 36.0 * 4 * 4 * 16 * 32; /* 4x4 tiles of 4x4 outputs */
    const oc_roof forward = roof(network, "conv", 0), backward = roof(network, "conv", 1);
    CU_ASSERT_DOUBLE_EQUAL(forward.operations, 2 * products, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(backward.operations, 4 * products, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(forward.seconds, 2e-9 * products, 1e-12);
    CU_ASSERT_EQUAL(forward.bound, OC_BOUND_OPERATIONS);
    oc_network_destroy(network);
}

static void direct_counts_every_product(void)
{
    oc_network *network = small_network(OC_CONV_DIRECT);
    const double products = 16.0 * 16 * 16 * 32 * 9;
    CU_ASSERT_DOUBLE_EQUAL(roof(network, "conv", 0).operations, 2 * products, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(roof(network, "conv", 1).operations, 4 * products, 0.5);
    oc_network_destroy(network);
}

static void the_first_layer_has_no_gradient_of_images(void)
{
    oc_network *network = small_network(OC_CONV_AUTO);
    const double products = 16.0 * 16 * 3 * 16;
    CU_ASSERT_DOUBLE_EQUAL(roof(network, "first", 0).operations, 2 * products, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(roof(network, "first", 1).operations, 2 * products, 0.5);
    oc_network_destroy(network);
}

static void memory_is_read_and_written_once(void)
{
    oc_network *network = small_network(OC_CONV_AUTO);
    const int norm = oc_network_find(network, "norm");
    const double map = 16.0 * 16 * 32;
    const double weights = (double)network->layer[norm].parameter_count / SHARD;
    const oc_roof forward = roof(network, "norm", 0), backward = roof(network, "norm", 1);
    CU_ASSERT_DOUBLE_EQUAL(forward.bytes, FLOAT * (2 * map + weights), 0.5);
    CU_ASSERT_DOUBLE_EQUAL(backward.bytes, FLOAT * (3 * map + 3 * weights), 0.5); /* x, dy, dx */
    CU_ASSERT_EQUAL(forward.operations, 0);
    CU_ASSERT_EQUAL(forward.bound, OC_BOUND_MEMORY);
    CU_ASSERT_DOUBLE_EQUAL(forward.seconds, 1e-9 * forward.bytes, 1e-12);
    oc_network_destroy(network);
}

/* The relu is done by batch_norm, in both directions. */
static void views_cost_nothing(void)
{
    oc_network *network = small_network(OC_CONV_AUTO);
    for (int backward = 0; backward < 2; backward++) {
        CU_ASSERT_EQUAL(roof(network, "relu", backward).seconds, 0);
        CU_ASSERT_EQUAL(roof(network, "relu", backward).bound, OC_BOUND_NONE);
    }
    oc_network_destroy(network);
}

static void bandwidth_goes_from_size_to_size(void)
{
    oc_machine machine = plain_machine();
    machine.bandwidth[0] = 9e9;
    machine.bandwidth[1] = 5e9;
    CU_ASSERT_DOUBLE_EQUAL(oc_machine_bandwidth(&machine, 1), 9e9, 1);
    CU_ASSERT_DOUBLE_EQUAL(oc_machine_bandwidth(&machine, OC_MACHINE_LEAST), 9e9, 1);
    CU_ASSERT_DOUBLE_EQUAL(oc_machine_bandwidth(&machine, OC_MACHINE_LEAST * 1.4142135623730951),
                           7e9, 1e3);
    CU_ASSERT_DOUBLE_EQUAL(oc_machine_bandwidth(&machine, 2 * OC_MACHINE_LEAST), 5e9, 1);
    CU_ASSERT_DOUBLE_EQUAL(oc_machine_bandwidth(&machine, 1e15), 1e9, 1);
}

/* Each round of the peak does the multiply-adds that it says: sums tend to plus / (1 - by) = 1. */
static void the_peak_computes(void)
{
    const oc_peak_ops *const peak = oc_unit_get()->peak;
    const double sums = peak->operations / 2;
    CU_ASSERT(sums >= 12);
    CU_ASSERT_DOUBLE_EQUAL(peak->multiply_add(100000), sums, 1e-2 * sums);
    CU_ASSERT(peak->multiply_add(1) > 2 * sums); /* they begin at 1 to 12 */
}

static void every_limit_is_measured(void)
{
    oc_comm *comm = NULL;
    oc_machine machine;
    CU_ASSERT_EQUAL_FATAL(oc_comm_open(&comm, 0), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_machine_measure(&machine, comm, 2), OC_OK);
    CU_ASSERT_EQUAL(machine.workers, 2);
    CU_ASSERT(machine.alone > 0 && machine.busy > 0);
    for (int i = 0; i < OC_MACHINE_SETS; i++)
        CU_ASSERT(machine.bandwidth[i] > 0);
    oc_comm_close(comm);
}

int main(void)
{
    static const oc_case cases[] = {
        {"winograd counts 36 products a tile", winograd_counts_36_products_a_tile},
        {"direct counts every product", direct_counts_every_product},
        {"the first layer has no gradient of images", the_first_layer_has_no_gradient_of_images},
        {"memory is read and written once", memory_is_read_and_written_once},
        {"views cost nothing", views_cost_nothing},
        {"bandwidth goes from size to size", bandwidth_goes_from_size_to_size},
        {"the peak computes", the_peak_computes},
        {"every limit is measured", every_limit_is_measured},
    };
    return OC_RUN_CASES("roofline", cases);
}
