/* grid.h - a grid of recipes: keys with several values each, all combinations, shared out to groups
 * of ranks. Knows nothing of what is done with a recipe. */
#ifndef OC_STUDIES_GRID_H
#define OC_STUDIES_GRID_H

#include "mpi/comm.h"
#include "recipe/recipe.h"

enum { OC_GRID_AXES = 8, OC_GRID_POINTS = 1024, OC_GRID_LABEL = 256 };

typedef struct oc_grid_point {
    char label[OC_GRID_LABEL]; /* "optimizer.weight_decay=0.001 batch.size=64" */
    char *recipe;              /* the whole recipe as text, owned */
    int64_t shards;
} oc_grid_point;

typedef struct oc_grid {
    oc_grid_point *point; /* (points), owned; the last axis changes first */
    size_t points;
} oc_grid;

/* How a recipe is read: oc_recipe_load or oc_recipe_load_any_rate. */
typedef oc_status (*oc_grid_load)(oc_recipe *recipe, const char *path, const char *const *sets,
                                  size_t set_count);

/* Collective; the files are read on rank 0. All combinations of `axes` ("key=a,b,c"; commas inside
 * brackets, parentheses and quotes do not count; none: one point, labelled "") on top of `sets`;
 * every one is checked as a recipe. A key without a section is looked for in optimizer and
 * schedule. OC_ERR_USAGE for what is no axis, too many points, or a recipe that is wrong;
 * OC_ERR_IO. To be freed in any case. */
oc_status oc_grid_create(oc_grid *grid, oc_comm *comm, const char *path, const char *const *sets,
                         size_t set_count, const char *const *axes, size_t axis_count,
                         oc_grid_load load);
void oc_grid_free(oc_grid *grid);

/* Local. The recipe of a point. */
oc_status oc_grid_recipe(const oc_grid *grid, size_t point, oc_recipe *recipe);

/* Local. A label for people: keys without their sections ("weight_decay=0.001 size=64"), control
 * characters replaced; cut at its beginning to at most `width` bytes. Into out[OC_GRID_LABEL]. */
const char *oc_grid_short(const char *label, size_t width, char *out);

/* Ranks in groups; group g of n does the points g, g + n, g + 2 n... */
typedef struct oc_rank_groups {
    oc_comm *job;  /* all ranks; not owned */
    oc_comm *mine; /* this rank's group; owned */
    int groups, group;
} oc_rank_groups;

/* Local. How many groups do the points in the least time, if ranks of a group share work evenly:
 * the most of those that leave no group idle longest. At least so many that no group has more ranks
 * than the fewest shards of a point. */
int oc_rank_groups_choose(int ranks, size_t points, int64_t fewest_shards);

/* Collective. `wanted` groups, 0: chosen as above. From here on ranks may wait for other groups
 * without limit, until oc_rank_groups_join. OC_ERR_USAGE for more groups than ranks or points. */
oc_status oc_rank_groups_split(oc_rank_groups *groups, oc_comm *job, const oc_grid *grid,
                               int wanted);

/* Local. data.memory is a node's: a group may have its part of it. */
void oc_rank_groups_share_memory(const oc_rank_groups *groups, oc_recipe *recipe);

/* Collective, of the job. Wait for all groups; every rank has the same status after it. */
oc_status oc_rank_groups_join(oc_rank_groups *groups, oc_status mine);

#endif
