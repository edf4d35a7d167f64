/* plan_test.c - the model of the exchange against times worked out by hand, and against the
 * messages that the plan of the real exchange has; what is predicted from it; which batch is
 * chosen. */
#include "tests/harness.h"

#include "run/overlap.h"
#include "studies/plan.h"

#include <math.h>
#include <string.h>

static const double megabyte = 1e6;

/* Ranks on nodes of their own. */
static oc_exchange_shape shape_of(int ranks, int shards)
{
    oc_exchange_shape shape;
    const oc_exchange_job job = {
        .ranks = ranks, .ranks_per_node = 1, .by_nodes = 1, .shards = shards};
    CU_ASSERT_EQUAL_FATAL(oc_exchange_shape_of(&shape, &job), OC_OK);
    return shape;
}

/* 1 ms and 1 GB/s between nodes, 1 us and 10 GB/s inside, and nothing else costs. */
static oc_exchange_costs plain_costs(void)
{
    return (oc_exchange_costs){.inside = {.latency = 1e-6, .byte = 1e-10},
                               .between = {.latency = 1e-3, .byte = 1e-9},
                               .has_core = 1};
}

static void levels_halve_the_vector(void)
{
    for (int levels = 1; levels <= 10; levels++) {
        const int ranks = 1 << levels;
        const oc_exchange_shape shape = shape_of(ranks, 2 * ranks);
        CU_ASSERT_EQUAL_FATAL(shape.levels, levels);
        for (int i = 0; i < levels; i++) {
            CU_ASSERT_DOUBLE_EQUAL(shape.level[i].up, pow(0.5, i + 1), 1e-12);
            CU_ASSERT_DOUBLE_EQUAL(shape.level[i].down, pow(0.5, i + 1), 1e-12);
            CU_ASSERT_DOUBLE_EQUAL(shape.level[i].added, pow(0.5, i + 1), 1e-12);
            CU_ASSERT_EQUAL(shape.level[i].up_messages, 1);
            CU_ASSERT_EQUAL(shape.level[i].down_messages, 1);
            CU_ASSERT(shape.level[i].crosses);
        }
    }
    CU_ASSERT_EQUAL(shape_of(1, 3).levels, 0);
}

/* 3 ranks with 5 shards: 1, 2 and 2, so ranks 1 and 2 are left with nodes {1} {2} and {3} {4}; each
 * of ranks 0 and 1 sends one or two halves to the other. */
static void ragged_ranges_send_more_nodes(void)
{
    const oc_exchange_shape shape = shape_of(3, 5);
    CU_ASSERT_EQUAL_FATAL(shape.levels, 2);
    CU_ASSERT_DOUBLE_EQUAL(shape.level[0].up, 2 * 0.5, 1e-12);
    CU_ASSERT_EQUAL(shape.level[0].up_messages, 2);
    CU_ASSERT(shape.level[1].up_messages > 2);
}

static void nodes_come_first(void)
{
    oc_exchange_shape shape;
    oc_exchange_job job = {.ranks = 8, .ranks_per_node = 4, .by_nodes = 1, .shards = 8};
    CU_ASSERT_EQUAL_FATAL(oc_exchange_shape_of(&shape, &job), OC_OK);
    CU_ASSERT_EQUAL(shape.levels, 3);
    CU_ASSERT(!shape.level[0].crosses && !shape.level[1].crosses && shape.level[2].crosses);
    job.ranks_per_node = 3; /* 3, 3 and 2: on the topmost level two machines meet one */
    CU_ASSERT_EQUAL_FATAL(oc_exchange_shape_of(&shape, &job), OC_OK);
    CU_ASSERT(shape.level[shape.levels - 1].crosses && !shape.level[0].crosses);
}

/* One small bucket on two ranks: half of it each way, and two latencies. */
static void a_bucket_takes_latency_and_bytes(void)
{
    const oc_exchange_shape shape = shape_of(2, 2);
    const oc_exchange_costs costs = plain_costs();
    const oc_exchange_bucket small = {.bytes = 1e5, .ready = 2};
    CU_ASSERT_DOUBLE_EQUAL(oc_exchange_end(&shape, &costs, &small, 1, 2), 2 + 2 * (1e-3 + 5e-5),
                           1e-12);
    /* Announced: there, back and there again. */
    const oc_exchange_bucket large = {.bytes = megabyte, .ready = 2};
    CU_ASSERT_DOUBLE_EQUAL(oc_exchange_end(&shape, &costs, &large, 1, 2), 2 + 2 * (3e-3 + 5e-4),
                           1e-12);
    CU_ASSERT_EQUAL(oc_exchange_end(&shape, &costs, &large, 0, 2), 2);
    const oc_exchange_shape alone = shape_of(1, 2);
    CU_ASSERT_EQUAL(oc_exchange_end(&alone, &costs, &large, 1, 2), 2);
}

/* Many buckets fill the link: their bytes count, latency once. */
static void buckets_share_the_link(void)
{
    enum { BUCKETS = 64 };
    const oc_exchange_shape shape = shape_of(16, 16);
    oc_exchange_costs costs = plain_costs();
    oc_exchange_bucket bucket[BUCKETS];
    for (int i = 0; i < BUCKETS; i++)
        bucket[i] = (oc_exchange_bucket){.bytes = megabyte, .ready = 1};
    costs.between.latency = 1e-6;
    const double bytes = BUCKETS * megabyte * 2 * 15 / 16;
    const double end = oc_exchange_end(&shape, &costs, bucket, BUCKETS, 1);
    CU_ASSERT(end >= 1 + 1e-9 * bytes && end < 1 + 1.01e-9 * bytes);
    /* With so much latency four at a time do not. */
    costs.between.latency = 1e-3;
    CU_ASSERT(oc_exchange_end(&shape, &costs, bucket, BUCKETS, 1) > 1 + 1.5e-9 * bytes);
}

/* Ready while the rest is computed: only the last one shows. */
static void what_is_ready_early_is_hidden(void)
{
    const oc_exchange_shape shape = shape_of(4, 4);
    oc_exchange_costs costs = plain_costs();
    const oc_exchange_bucket bucket[] = {
        {.bytes = 1e5, .ready = 1}, {.bytes = 1e5, .ready = 1.5}, {.bytes = 1e3, .ready = 2}};
    const double last = 4e-3 + 1e-9 * 1e3 * 1.5;
    CU_ASSERT_DOUBLE_EQUAL(oc_exchange_end(&shape, &costs, bucket, 3, 2), 2 + last, 1e-9);
    /* Without a core for it, what moving bytes takes is taken from computing. */
    costs.has_core = 0;
    costs.processor = 1e-8;
    CU_ASSERT_DOUBLE_EQUAL(oc_exchange_end(&shape, &costs, bucket, 3, 2),
                           2 + 2e5 * 1.5 * 1e-8 + last, 1e-9);
    costs.has_core = 1;
    CU_ASSERT(oc_exchange_end(&shape, &costs, bucket, 3, 2) < 2 + 2 * last);
}

/* ---- plans ---- */

enum { LAYERS = 4 };

/* 1 ms a shard, a third of it backward in each of three layers, 100 us beside; 64 KiB of
 * parameters in the last two layers each. */
static oc_plan_work made_work(double backward[LAYERS], size_t offset[LAYERS + 1])
{
    static const size_t at[LAYERS + 1] = {0, 0, 16384, 32768, 32768};
    for (int i = 0; i < LAYERS; i++)
        backward[i] = i < 3 ? 2e-4 : 0;
    memcpy(offset, at, sizeof at);
    const oc_plan_point point = {.shards = 1,
                                 .step = 1.1e-3,
                                 .together = 1,
                                 .each = 1e-3,
                                 .fixed = 1e-4,
                                 .forward = 4e-4,
                                 .backward = backward};
    return (oc_plan_work){.threads = 1,
                          .ranks_per_node = 1,
                          .cores = 2,
                          .layers = LAYERS,
                          .offset = offset,
                          .vector = 32768 + 16,
                          .statistics_at = 32768,
                          .samples = 10000,
                          .evaluated = 1000,
                          .points = 1,
                          .point = {point}};
}

static oc_recipe made_recipe(void)
{
    oc_recipe recipe;
    static const char text[] = "model: lenet\ndata: {file: none}\nbatch: {size: 256}\n"
                               "train: {epochs: 3}\nschedule: {max_lr: 0.1}\n"
                               "reduce: {overlap: off}\n";
    CU_ASSERT_EQUAL_FATAL(
        oc_recipe_parse(&recipe, text, sizeof text - 1, "plan_test", "/", NULL, 0), OC_OK);
    return recipe;
}

static void one_node_is_what_was_measured(void)
{
    double backward[LAYERS];
    size_t offset[LAYERS + 1];
    const oc_plan_work work = made_work(backward, offset);
    const oc_recipe recipe = made_recipe();
    const oc_exchange_costs costs = plain_costs();
    oc_plan_row row;
    CU_ASSERT_EQUAL_FATAL(oc_plan_predict(&row, &work, &recipe, &costs, 1, 1), OC_OK);
    CU_ASSERT_DOUBLE_EQUAL(row.step, 8e-3 + 1e-4, 1e-12); /* 8 shards */
    CU_ASSERT_DOUBLE_EQUAL(row.efficiency, 1, 1e-12);
    CU_ASSERT_EQUAL(row.steps, 3 * 39);
    /* 32 chunks in each of 3 evaluations */
    CU_ASSERT_DOUBLE_EQUAL(row.seconds, 117 * row.step + 3 * 32 * 4e-4, 1e-9);
    CU_ASSERT_EQUAL(row.rate, 0.1);
}

static void overlap_hides_what_is_computed_before(void)
{
    double backward[LAYERS];
    size_t offset[LAYERS + 1];
    const oc_plan_work work = made_work(backward, offset);
    oc_recipe recipe = made_recipe();
    oc_exchange_costs costs = plain_costs();
    oc_plan_row row;
    costs.between.latency = 1e-6;
    recipe.reduce.bucket = 65536; /* a bucket each for the layers with parameters */
    CU_ASSERT_EQUAL_FATAL(oc_plan_predict(&row, &work, &recipe, &costs, 4, 1), OC_OK);
    CU_ASSERT(!row.overlaps);
    CU_ASSERT(row.after > 2 * 65536 * 1.5e-9 && row.after < 2.2 * 65536 * 1.5e-9);
    CU_ASSERT(row.during > 0 && row.during < 0.6 * row.after);
    CU_ASSERT_DOUBLE_EQUAL(row.step, 2e-3 + 1e-4 + row.after, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(row.efficiency, 8.1e-3 / 4 / row.step, 1e-9);
    recipe.reduce.overlap = OC_OVERLAP_AUTO;
    CU_ASSERT_EQUAL_FATAL(oc_plan_predict(&row, &work, &recipe, &costs, 4, 1), OC_OK);
    CU_ASSERT(row.overlaps);
    CU_ASSERT_DOUBLE_EQUAL(row.step, 2e-3 + 1e-4 + row.during, 1e-12);
    CU_ASSERT_EQUAL(oc_plan_predict(&row, &work, &recipe, &costs, 16, 1), OC_ERR_USAGE);
}

static void a_batch_grows_until_it_pays(void)
{
    double backward[LAYERS];
    size_t offset[LAYERS + 1];
    const oc_plan_work work = made_work(backward, offset);
    const oc_recipe recipe = made_recipe();
    oc_exchange_costs costs = plain_costs();
    oc_plan_row row;
    costs.between.latency = 1e-6;
    CU_ASSERT_EQUAL_FATAL(oc_plan_choose(&row, &work, &recipe, &costs, 4, 0.7), OC_OK);
    CU_ASSERT_EQUAL(row.batch, 256); /* as it is */
    CU_ASSERT_EQUAL_FATAL(oc_plan_choose(&row, &work, &recipe, &costs, 12, 0.8), OC_OK);
    CU_ASSERT_EQUAL(row.shards, 24); /* two for each; 16 would leave ranks idle */
    CU_ASSERT_EQUAL(row.batch, 768);
    CU_ASSERT_DOUBLE_EQUAL(row.rate, 0.1 * sqrt(3), 1e-12);
    CU_ASSERT(row.efficiency >= 0.8);
    costs.between.latency = 1e-3;
    oc_plan_row slow;
    CU_ASSERT_EQUAL_FATAL(oc_plan_choose(&slow, &work, &recipe, &costs, 12, 0.5), OC_OK);
    CU_ASSERT(slow.batch > row.batch && slow.efficiency >= 0.5);
    /* Not to be reached: what comes closest, and no more than there is. */
    costs.between.latency = 1;
    CU_ASSERT_EQUAL_FATAL(oc_plan_choose(&slow, &work, &recipe, &costs, 12, 0.5), OC_OK);
    CU_ASSERT(slow.batch <= 10000 && slow.batch > 5000 && slow.efficiency < 0.5);
    CU_ASSERT_EQUAL_FATAL(oc_plan_choose(&slow, &work, &recipe, &costs, 1000, 0.5), OC_OK);
    CU_ASSERT_EQUAL(slow.nodes, 0); /* 313 shards in all */
}

static void points_that_are_alike_settle(void)
{
    double backward[3][LAYERS];
    size_t offset[LAYERS + 1];
    oc_plan_work work = made_work(backward[0], offset);
    for (int i = 1; i < 3; i++) {
        work.point[i] = work.point[0];
        work.point[i].shards = 1 << i;
        work.point[i].backward = memcpy(backward[i], backward[0], sizeof backward[0]);
    }
    work.points = 3;
    work.point[0].each = 4e-3;
    work.point[1].each = 2e-3;
    work.point[2].together = 4;
    work.point[2].fixed = 5e-4;
    oc_plan_settle(&work);
    CU_ASSERT_DOUBLE_EQUAL(work.point[0].each, 3e-3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(work.point[1].each, 3e-3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(work.point[2].each, 1e-3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(work.point[2].fixed, 1e-4, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(backward[1][0], 3e-4, 1e-12);
    /* Between two and four shards a thread. */
    const oc_recipe recipe = made_recipe();
    const oc_exchange_costs costs = {.has_core = 1};
    oc_plan_row row;
    CU_ASSERT_EQUAL_FATAL(oc_plan_predict(&row, &work, &recipe, &costs, 3, 1), OC_OK);
    CU_ASSERT_DOUBLE_EQUAL(row.step, 3 * 2e-3 + 1e-4, 1e-12);
}

/* The figures of docs/PERFORMANCE.md: 25 Gbit/s, simulated with the code of the real exchange. */
static void constants_fit_the_simulation(void)
{
    enum { BUCKETS = 3 };
    const oc_plan_work work = {.threads = 1, .ranks_per_node = 1, .cores = 2};
    const oc_exchange_costs costs = oc_plan_costs(&work, &(oc_plan_network){2e-6, 25e9 / 8});
    const oc_exchange_bucket bucket[BUCKETS] = {
        {.bytes = 524288}, {.bytes = 524288}, {.bytes = 4 * 269722 - 2 * 524288}};
    static const struct {
        int ranks;
        double simulated;
    } rows[] = {{4, 0.67e-3}, {16, 0.89e-3}, {64, 0.98e-3}, {256, 1.03e-3}, {1024, 1.08e-3}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const oc_exchange_shape shape = shape_of(rows[i].ranks, rows[i].ranks);
        const double end = oc_exchange_end(&shape, &costs, bucket, BUCKETS, 0);
        CU_ASSERT(fabs(end / rows[i].simulated - 1) < 0.3);
    }
}

int main(void)
{
    const oc_case cases[] = {
        {"levels halve the vector", levels_halve_the_vector},
        {"ragged ranges send more nodes", ragged_ranges_send_more_nodes},
        {"nodes come first", nodes_come_first},
        {"a bucket takes latency and bytes", a_bucket_takes_latency_and_bytes},
        {"buckets share the link", buckets_share_the_link},
        {"what is ready early is hidden", what_is_ready_early_is_hidden},
        {"one node is what was measured", one_node_is_what_was_measured},
        {"overlap hides what is computed before", overlap_hides_what_is_computed_before},
        {"a batch grows until it pays", a_batch_grows_until_it_pays},
        {"points that are alike settle", points_that_are_alike_settle},
        {"constants fit the simulation", constants_fit_the_simulation},
    };
    return OC_RUN_CASES("plan", cases);
}
