/* recipe_edit.h - write a learning rate into a recipe's file: the value's own bytes change, all
 * else (comments, order, quotes, line ends) stays as its author wrote it. */
#ifndef OC_RECIPE_RECIPE_EDIT_H
#define OC_RECIPE_RECIPE_EDIT_H

#include "recipe/recipe.h"

/* Local. "schedule.max_lr" or "schedule.lr", whichever the schedule has. */
const char *oc_recipe_rate_key(const oc_schedule_config *schedule);

/* Local. YAML `text` with section.key = value -> *edited, NUL-terminated, freed by the caller. An
 * old value is replaced where it stands; a missing key becomes the first of its section, a missing
 * section the first of the recipe. `name` stands for the file in messages. OC_ERR_USAGE if what is
 * there is a list or mapping, or the text is no recipe. */
oc_status oc_recipe_edit(char **edited, const char *text, size_t length, const char *name,
                         const char *section, const char *key, const char *value);

/* Local. Make `lr` the learning rate of the recipe at `path`, atomically: that of the last group; a
 * slice keeps its proportions. Nothing is written unless the new text is the same recipe but for
 * the rate. value[OC_NAME_BYTES] [out]: as written. OC_ERR_USAGE, OC_ERR_IO. */
oc_status oc_recipe_write_rate(const char *path, double lr, char *value);

#endif
