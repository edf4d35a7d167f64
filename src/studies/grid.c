/* grid.c - see grid.h. */
#include "studies/grid.h"

#include "base/plain_text.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SETS = 64 + OC_GRID_AXES, MOST_VALUES = 256, AXIS_BYTES = 4096 };

typedef struct axis {
    char text[AXIS_BYTES]; /* "section.key", then the values, each ended by NUL */
    const char *key;
    const char *value[MOST_VALUES];
    size_t values;
} axis;

/* optimizer.weight_decay may be given as weight_decay. */
static oc_status complete_key(const char *key, size_t length, char *out, size_t size)
{
    const char *const known = oc_recipe_long_key(key, length);
    if (known) {
        snprintf(out, size, "%s", known);
        return OC_OK;
    }
    if ((size_t)snprintf(out, size, "%.*s", (int)length, key) >= size)
        return oc_fail(OC_ERR_USAGE, "%.60s...: the key is too long", key);
    return OC_OK;
}

/* Where the value that begins at `at` ends: at a comma outside of brackets and quotes, or NUL. */
static const char *end_of_value(const char *at)
{
    int depth = 0;
    char quote = '\0';
    for (; *at; at++) {
        if (quote)
            quote = *at == quote ? '\0' : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
        else if (strchr("([{", *at))
            depth++;
        else if (strchr(")]}", *at))
            depth--;
        else if (*at == ',' && depth <= 0)
            break;
    }
    return at;
}

static oc_status parse_axis(axis *a, const char *text)
{
    const char *const equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return oc_fail(OC_ERR_USAGE, "%.100s: expected KEY=VALUE,VALUE...", text);
    if (strlen(text) > AXIS_BYTES / 2)
        return oc_fail(OC_ERR_USAGE, "%.60s...: longer than %d bytes", text, AXIS_BYTES / 2);
    oc_status status = complete_key(text, (size_t)(equals - text), a->text, AXIS_BYTES / 2 - 1);
    if (status != OC_OK)
        return status;
    a->key = a->text;
    char *to = a->text + strlen(a->text) + 1;
    for (const char *at = equals + 1;; at++) {
        const char *const end = end_of_value(at);
        const size_t length = (size_t)(end - at);
        if (length == 0)
            return oc_fail(OC_ERR_USAGE, "%.100s: a value is empty", text);
        if (a->values == MOST_VALUES)
            return oc_fail(OC_ERR_USAGE, "%.60s...: more than %d values", text, MOST_VALUES);
        if (to + length + 1 > a->text + AXIS_BYTES)
            return oc_fail(OC_ERR_USAGE, "%.60s...: is too long", text);
        memcpy(to, at, length);
        to[length] = '\0';
        for (size_t i = 0; i < a->values; i++)
            if (strcmp(a->value[i], to) == 0)
                return oc_fail(OC_ERR_USAGE, "%.100s: %.40s appears twice", text, to);
        a->value[a->values++] = to;
        to += length + 1;
        at = end;
        if (!*end)
            return OC_OK;
    }
}

static oc_status parse_axes(axis *axes, const char *const *texts, size_t count, size_t *points)
{
    *points = 1;
    if (count > OC_GRID_AXES)
        return oc_fail(OC_ERR_USAGE, "%zu keys with several values, expected at most %d", count,
                       OC_GRID_AXES);
    for (size_t i = 0; i < count; i++) {
        const oc_status status = parse_axis(&axes[i], texts[i]);
        if (status != OC_OK)
            return status;
        for (size_t j = 0; j < i; j++)
            if (strcmp(axes[i].key, axes[j].key) == 0)
                return oc_fail(OC_ERR_USAGE, "%s is given twice", axes[i].key);
        *points *= axes[i].values;
        if (*points > OC_GRID_POINTS)
            return oc_fail(OC_ERR_USAGE, "more than %d combinations of values", OC_GRID_POINTS);
    }
    return OC_OK;
}

/* One point: its place along each axis, its label, its recipe. */
static oc_status make_point(oc_grid_point *point, size_t number, const char *path,
                            const char *const *sets, size_t set_count, const axis *axes,
                            size_t axis_count, oc_grid_load load)
{
    const char *all[MOST_SETS];
    char own[OC_GRID_AXES][AXIS_BYTES];
    size_t place[OC_GRID_AXES], length = 0;
    for (size_t i = axis_count; i-- > 0; number /= axes[i].values)
        place[i] = number % axes[i].values;
    for (size_t i = 0; i < set_count; i++)
        all[i] = sets[i];
    for (size_t i = 0; i < axis_count; i++) {
        snprintf(own[i], sizeof own[i], "%.2000s=%.2000s", axes[i].key, axes[i].value[place[i]]);
        all[set_count + i] = own[i];
        length += (size_t)snprintf(point->label + length, sizeof point->label - length, "%s%.120s",
                                   i > 0 ? " " : "", own[i]);
        length = length < sizeof point->label ? length : sizeof point->label - 1;
    }
    oc_recipe *const recipe = malloc(sizeof *recipe);
    if (!recipe)
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", path);
    oc_status status = load(recipe, path, all, set_count + axis_count);
    if (status == OC_OK)
        status = oc_recipe_format(recipe, &point->recipe);
    point->shards = status == OC_OK ? recipe->batch.shards : 0;
    free(recipe);
    return status;
}

/* Rank 0. */
static oc_status make_points(oc_grid *grid, const char *path, const char *const *sets,
                             size_t set_count, const char *const *texts, size_t axis_count,
                             oc_grid_load load)
{
    axis *const axes = calloc(OC_GRID_AXES, sizeof *axes);
    if (!axes)
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", path);
    oc_status status = parse_axes(axes, texts, axis_count, &grid->points);
    if (status == OC_OK && set_count > MOST_SETS - OC_GRID_AXES)
        status = oc_fail(OC_ERR_USAGE, "too many --set");
    if (status == OC_OK) {
        grid->point = calloc(grid->points, sizeof *grid->point);
        if (!grid->point)
            status = oc_fail(OC_ERR_MEMORY, "%s: out of memory", path);
    }
    for (size_t i = 0; i < grid->points && status == OC_OK; i++)
        status = make_point(&grid->point[i], i, path, sets, set_count, axes, axis_count, load);
    free(axes);
    return status;
}

/* A point's text to all ranks. */
static oc_status share_point(oc_comm *comm, oc_grid_point *point)
{
    const int root = oc_comm_rank(comm) == 0;
    uint64_t length = root ? strlen(point->recipe) : 0;
    oc_status status = oc_comm_broadcast(comm, &length, sizeof length, 0);
    if (status == OC_OK)
        status = oc_comm_broadcast(comm, point->label, sizeof point->label, 0);
    if (status == OC_OK)
        status = oc_comm_broadcast(comm, &point->shards, sizeof point->shards, 0);
    if (status != OC_OK)
        return status;
    if (!root)
        point->recipe = calloc(length + 1, 1);
    status = oc_comm_agree(comm,
                           point->recipe ? OC_OK : oc_fail(OC_ERR_MEMORY, "recipe: out of memory"));
    return status == OC_OK ? oc_comm_broadcast(comm, point->recipe, length, 0) : status;
}

oc_status oc_grid_create(oc_grid *grid, oc_comm *comm, const char *path, const char *const *sets,
                         size_t set_count, const char *const *axes, size_t axis_count,
                         oc_grid_load load)
{
    const int root = oc_comm_rank(comm) == 0;
    *grid = (oc_grid){0};
    oc_status status = oc_comm_agree(
        comm, root ? make_points(grid, path, sets, set_count, axes, axis_count, load) : OC_OK);
    uint64_t points = grid->points;
    if (status == OC_OK)
        status = oc_comm_broadcast(comm, &points, sizeof points, 0);
    if (status != OC_OK)
        return status;
    if (!root)
        grid->point = calloc((size_t)points, sizeof *grid->point);
    status =
        oc_comm_agree(comm, grid->point ? OC_OK : oc_fail(OC_ERR_MEMORY, "grid: out of memory"));
    grid->points = status == OC_OK ? (size_t)points : grid->points;
    for (size_t i = 0; i < grid->points && status == OC_OK; i++)
        status = share_point(comm, &grid->point[i]);
    return status;
}

void oc_grid_free(oc_grid *grid)
{
    for (size_t i = 0; grid->point && i < grid->points; i++)
        free(grid->point[i].recipe);
    free(grid->point);
    *grid = (oc_grid){0};
}

oc_status oc_grid_recipe(const oc_grid *grid, size_t point, oc_recipe *recipe)
{
    const char *const text = grid->point[point].recipe;
    return oc_recipe_parse(recipe, text, strlen(text), grid->point[point].label, "/", NULL, 0);
}

const char *oc_grid_short(const char *label, size_t width, char *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    char plain[OC_PLAIN_TEXT];
    size_t length = 0;
    label = oc_plain_text(label, plain);
    for (const char *at = label; *at && length < OC_GRID_LABEL - 1; at++) {
        if (at == label || at[-1] == ' ') {
            const size_t section = strspn(at, letters);
            if (at[section] == '.' && at[section + 1 + strspn(at + section + 1, letters)] == '=')
                at += section + 1;
        }
        out[length++] = *at;
    }
    out[length] = '\0';
    if (length <= width)
        return out;
    memmove(out, out + length - width, width + 1);
    memcpy(out, "..", 2);
    return out;
}

int oc_rank_groups_choose(int ranks, size_t points, int64_t fewest_shards)
{
    const int most = points < (size_t)ranks ? (int)points : ranks;
    int best = 0;
    int64_t least = 0;
    for (int groups = 1; groups <= most; groups++) {
        const int64_t largest = (ranks + groups - 1) / groups;
        /* a round takes as long as a group has few ranks: rounds * groups / ranks */
        const int64_t rounds = ((int64_t)points + groups - 1) / groups;
        if (largest <= fewest_shards && (best == 0 || rounds * groups <= least)) {
            best = groups;
            least = rounds * groups;
        }
    }
    return best;
}

oc_status oc_rank_groups_split(oc_rank_groups *groups, oc_comm *job, const oc_grid *grid,
                               int wanted)
{
    const int ranks = oc_comm_size(job);
    int64_t fewest = INT64_MAX;
    for (size_t i = 0; i < grid->points; i++)
        fewest = grid->point[i].shards < fewest ? grid->point[i].shards : fewest;
    *groups = (oc_rank_groups){.job = job};
    if (wanted > ranks || (size_t)wanted > grid->points)
        return oc_fail(OC_ERR_USAGE,
                       "--groups %d: %d ranks and %zu points, expected at most as many groups",
                       wanted, ranks, grid->points);
    groups->groups = wanted > 0 ? wanted : oc_rank_groups_choose(ranks, grid->points, fewest);
    if (groups->groups == 0 || (ranks + groups->groups - 1) / groups->groups > fewest)
        return oc_fail(OC_ERR_USAGE,
                       "%d ranks for %zu points of %lld shards: some ranks would have nothing to "
                       "do; use fewer ranks, more --groups or raise batch.shards",
                       ranks, grid->points, (long long)fewest);
    groups->group = (int)((int64_t)oc_comm_rank(job) * groups->groups / ranks);
    return oc_comm_split(&groups->mine, job, groups->group);
}

void oc_rank_groups_share_memory(const oc_rank_groups *groups, oc_recipe *recipe)
{
    const int64_t memory =
        recipe->data.memory > 0 ? recipe->data.memory : (int64_t)(oc_memory_available() / 2);
    if (groups->groups > 1)
        recipe->data.memory = memory / groups->groups > 1 ? memory / groups->groups : 1;
}

oc_status oc_rank_groups_join(oc_rank_groups *groups, oc_status mine)
{
    if (groups->groups > 1)
        oc_comm_set_time_limit(groups->job, 0); /* others may have much to do yet */
    oc_comm_close(groups->mine);
    groups->mine = NULL;
    const oc_status status = oc_comm_agree(groups->job, mine);
    oc_comm_set_time_limit(groups->job, OC_COMM_TIME_LIMIT);
    return status;
}
