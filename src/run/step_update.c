/* step_update.c - see step_update.h. Elements of a vector are divided among threads by ranges; what
 * is added up by pieces of one size, whose sums are then added in their order. */
#include "run/step_update.h"

#include "kernels/unit.h"
#include "run/progress.h"

#include <math.h>
#include <stdatomic.h>

enum { PIECE = 4096 /* floats of one tensor, the last piece of it less */ };

/* Work on all parameters or the whole reduced vector. */
typedef struct whole {
    oc_run *run;
    const oc_step *step;
    float *sum;          /* reduced vector */
    atomic_int infinite; /* some number is NaN or infinite */
    float scale;         /* times all gradients */
} whole;

oc_run_range oc_run_range_of(const oc_run *run, int thread, size_t count)
{
    const size_t line = OC_ALIGNMENT / sizeof(float), threads = (size_t)oc_team_size(run->team);
    const size_t lines = (count + line - 1) / line, part = (size_t)thread;
    const size_t end = lines * (part + 1) / threads * line;
    return (oc_run_range){lines * part / threads * line, end < count ? end : count};
}

static void check_range(void *data, int thread)
{
    whole *all = data;
    const oc_run_range part = oc_run_range_of(all->run, thread, all->run->plan.vector_count);
    if (!oc_unit_get()->elementwise->all_finite(part.last - part.first, all->sum + part.first))
        all->infinite = 1;
}

int oc_run_sum_is_finite(oc_run *run, const float *sum)
{
    whole all = {.run = run, .sum = (float *)sum};
    oc_team_run(run->team, check_range, &all);
    return !all.infinite;
}

/* Is it trained in this step? */
static int is_trained(const oc_run *run, int tensor)
{
    return oc_parameter_groups_trains(&run->plan.groups, tensor, oc_run_is_late(run), run->frozen);
}

/* Of the floats [from, from + count), all of one tensor. */
static oc_update update_of(const whole *all, int index, const oc_network_tensor *tensor,
                           size_t from, size_t count)
{
    const oc_run *run = all->run;
    const oc_optimizer_config *config = &run->recipe.optimizer;
    const int group = run->plan.groups.of[index];
    oc_update update = {
        .count = count,
        .parameter = run->parameters + from,
        .gradient = all->sum + from,
        .learning_rate = all->step->learning_rate[group],
        .momentum = all->step->momentum,
        .weight_decay = tensor->is_weight || config->decay_bias_and_norm
                            ? all->step->weight_decay * run->plan.groups.decay[group]
                            : 0.0,
        .step = run->info.step + 1 - run->info.guard.idle -
                (run->info.unfrozen_step == UINT64_MAX ? 0 : run->info.unfrozen_step),
        .trust = run->trust ? run->trust[index] : 1,
    };
    for (int s = 0; s < oc_optimizer_slots(config->kind); s++)
        update.slot[s] = run->slot[s] + from;
    return update;
}

static void update_range(void *data, int thread)
{
    const whole *all = data;
    const oc_run *run = all->run;
    const oc_run_range part = oc_run_range_of(run, thread, run->network->parameter_count);
    for (int i = 0; i < oc_network_parameters(run->network); i++) {
        const oc_network_tensor tensor = oc_network_parameter(run->network, i);
        const size_t end = tensor.offset + oc_shape_count(tensor.shape);
        const size_t from = tensor.offset > part.first ? tensor.offset : part.first;
        const size_t to = end < part.last ? end : part.last;
        if (from >= to || !is_trained(run, i))
            continue;
        const oc_update update = update_of(all, i, &tensor, from, to - from);
        oc_optimizer_update(&run->recipe.optimizer, &update);
    }
}

/* ---- sums over tensors ---- */

static size_t pieces_of(const oc_network_tensor *tensor)
{
    return (oc_shape_count(tensor->shape) + PIECE - 1) / PIECE;
}

size_t oc_run_norm_sums(const oc_network *network, const oc_optimizer_config *optimizer)
{
    size_t pieces = 0;
    if (!oc_optimizer_is_layerwise(optimizer->kind) && !(optimizer->clip_norm > 0))
        return 0;
    for (int i = 0; i < oc_network_parameters(network); i++) {
        const oc_network_tensor tensor = oc_network_parameter(network, i);
        pieces += pieces_of(&tensor);
    }
    return 2 * pieces;
}

/* Two sums over floats [from, from + count) of tensor `index`. */
typedef void (*measure_piece)(const whole *all, int index, const oc_network_tensor *tensor,
                              size_t from, size_t count, double square[2]);

/* The thread's part of all pieces, each with its place in run->norm_sums. */
static void measure_pieces(const whole *all, int thread, measure_piece measure)
{
    const oc_run *run = all->run;
    const size_t threads = (size_t)oc_team_size(run->team), part = (size_t)thread;
    const size_t pieces = run->plan.norm_sums / 2;
    const size_t first = pieces * part / threads, last = pieces * (part + 1) / threads;
    size_t before = 0;
    for (int i = 0; i < oc_network_parameters(run->network) && before < last; i++) {
        const oc_network_tensor tensor = oc_network_parameter(run->network, i);
        const size_t own = pieces_of(&tensor), floats = oc_shape_count(tensor.shape);
        for (size_t p = before < first ? first - before : 0; p < own && before + p < last; p++) {
            const size_t rest = floats - p * PIECE;
            double *const square = run->norm_sums + 2 * (before + p);
            square[0] = square[1] = 0;
            if (is_trained(run, i))
                measure(all, i, &tensor, tensor.offset + p * PIECE, rest < PIECE ? rest : PIECE,
                        square);
        }
        before += own;
    }
}

static void square_gradient(const whole *all, int index, const oc_network_tensor *tensor,
                            size_t from, size_t count, double square[2])
{
    (void)index;
    (void)tensor;
    square[0] = oc_sum_of_squares(all->sum + from, count);
}

static void square_gradients(void *data, int thread)
{
    measure_pieces(data, thread, square_gradient);
}

static void measure_update(const whole *all, int index, const oc_network_tensor *tensor,
                           size_t from, size_t count, double square[2])
{
    const oc_update update = update_of(all, index, tensor, from, count);
    oc_optimizer_measure(&all->run->recipe.optimizer, &update, square);
}

static void measure_updates(void *data, int thread)
{
    measure_pieces(data, thread, measure_update);
}

/* ---- clipping ---- */

static void cut_range(void *data, int thread)
{
    const whole *all = data;
    const oc_run_range part = oc_run_range_of(all->run, thread, all->run->network->parameter_count);
    const float most = (float)all->run->recipe.optimizer.clip_value;
    for (size_t i = part.first; i < part.last; i++) {
        const float g = all->sum[i];
        all->sum[i] = g > most ? most : g < -most ? -most : g;
    }
}

static void scale_range(void *data, int thread)
{
    const whole *all = data;
    const oc_run_range part = oc_run_range_of(all->run, thread, all->run->network->parameter_count);
    for (size_t i = part.first; i < part.last; i++)
        all->sum[i] *= all->scale;
}

static void clip(whole *all)
{
    const oc_run *run = all->run;
    const oc_optimizer_config *config = &run->recipe.optimizer;
    if (config->clip_value > 0)
        oc_team_run(run->team, cut_range, all);
    if (!(config->clip_norm > 0))
        return;
    oc_team_run(run->team, square_gradients, all);
    double square = 0;
    for (size_t p = 0; p < run->plan.norm_sums; p += 2)
        square += run->norm_sums[p];
    if (!(sqrt(square) > config->clip_norm))
        return;
    all->scale = (float)(config->clip_norm / sqrt(square));
    oc_team_run(run->team, scale_range, all);
}

/* ---- the ratios of layer-wise optimisers ---- */

static void find_trust(whole *all)
{
    const oc_run *run = all->run;
    const oc_optimizer_config *config = &run->recipe.optimizer;
    oc_team_run(run->team, measure_updates, all);
    const double *sums = run->norm_sums;
    for (int i = 0; i < oc_network_parameters(run->network); i++) {
        const oc_network_tensor tensor = oc_network_parameter(run->network, i);
        double square[2] = {0, 0};
        for (size_t p = 0; p < pieces_of(&tensor); p++, sums += 2) {
            square[0] += sums[0];
            square[1] += sums[1];
        }
        run->trust[i] = 1;
        if (is_trained(run, i) && (tensor.is_weight || config->adapt_bias_and_norm))
            run->trust[i] = oc_optimizer_trust(
                config, square, update_of(all, i, &tensor, tensor.offset, 0).weight_decay);
    }
    for (int i = 0; i < run->plan.groups.trusts; i++)
        run->trust_told[i] = run->trust[run->plan.groups.trust_of[i]];
}

void oc_run_update_parameters(oc_run *run, const oc_step *step, float *sum)
{
    whole all = {.run = run, .step = step, .sum = sum};
    clip(&all);
    if (run->trust)
        find_trust(&all);
    oc_team_run(run->team, update_range, &all);
}
