/* number_list.h - a short list of numbers, as a recipe gives one; its owner says what they mean. */
#ifndef OC_BASE_NUMBER_LIST_H
#define OC_BASE_NUMBER_LIST_H

#include <stdint.h>

enum { OC_MAX_NUMBERS = 32 };

typedef struct oc_number_list {
    double at[OC_MAX_NUMBERS];
    int64_t count;
} oc_number_list;

#endif
