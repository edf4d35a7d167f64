/* suggest.h - which of the valid words a mistyped one was meant to be. */
#ifndef OC_BASE_SUGGEST_H
#define OC_BASE_SUGGEST_H

#include <stddef.h>

/* Local. Damerau-Levenshtein distance in its restricted form (optimal string alignment:
 * insert, delete, replace, swap neighbours), letters' case ignored. Words longer than 63
 * bytes are as far as can be (SIZE_MAX). */
size_t oc_edit_distance(const char *a, const char *b);

/* Local. Is a word at this distance from `typed` likely meant by it? */
int oc_is_near(const char *typed, size_t distance);

/* Local. The nearest of `count` words if it is near, else NULL. Not owned. */
const char *oc_nearest(const char *typed, const char *const *words, size_t count);

#endif
