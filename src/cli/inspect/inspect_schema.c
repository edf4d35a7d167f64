/* inspect_schema.c - see inspect_schema.h. */
#include "cli/inspect/inspect_schema.h"

#include "cli/common/card_text.h"

#include <stdio.h>

enum { CATEGORIES = 8 /* whose levels are shown */, CATEGORY_NAME = 10 /* columns */ };

static void print_numbers(const char *what, const double *values, int count, double unit)
{
    oc_card_list list = oc_card_begin(what, (size_t)count, " ");
    char number[32];
    for (int i = 0; i < count; i++) {
        snprintf(number, sizeof number, "%.6g", values[i] / unit);
        if (!oc_card_add(&list, number))
            break;
    }
    oc_card_end(&list);
}

static void print_names(const char *what, char *const *names, size_t count)
{
    oc_card_list list = oc_card_begin(what, count, ", ");
    char name[OC_CARD_NAME_BYTES];
    for (size_t i = 0; i < count; i++)
        if (!oc_card_add(&list, oc_card_name(names[i], OC_CARD_NAME, name)))
            break;
    oc_card_end(&list);
}

static void print_columns(const oc_schema *schema)
{
    char name[OC_CARD_NAME_BYTES];
    size_t categories = 0;
    oc_card_list list = oc_card_begin("columns", schema->features, ", ");
    for (size_t i = 0; i < schema->features; i++)
        if (!oc_card_add(&list, oc_card_name(schema->feature[i].name, OC_CARD_NAME, name)))
            break;
    oc_card_end(&list);
    for (size_t i = 0; i < schema->features; i++) {
        const oc_feature *const feature = &schema->feature[i];
        if (feature->levels > 0 && categories++ < CATEGORIES) {
            char what[OC_CARD_NAME_BYTES + 4];
            snprintf(what, sizeof what, "  %s", oc_card_name(feature->name, CATEGORY_NAME, name));
            print_names(what, feature->level, feature->levels);
        }
    }
    if (categories > CATEGORIES)
        printf("%-12s and %zu more categories\n", "", categories - CATEGORIES);
}

static void print_picture(const oc_picture *picture)
{
    printf("%-12s %s%s, %s\n", "pictures", picture->fit[0] ? "fitted by " : "all of this size",
           picture->fit, picture->upright ? "turned upright (EXIF)" : "not turned");
}

void oc_cli_inspect_schema(const oc_schema *schema)
{
    static const char *const meaning[OC_VALUES_KINDS] = {
        [OC_VALUES_NUMBERS] = "numbers as they are",
        [OC_VALUES_BYTES] = "bytes (pixels from 0 to 255)",
        [OC_VALUES_WORDS] = "words (pixels from 0 to 65535)"};
    const double unit = oc_values_unit(schema->values);
    printf("\ntrained on\n%-12s %s\n", "values", meaning[schema->values]);
    if (schema->picture.is_known)
        print_picture(&schema->picture);
    if (schema->features > 0)
        print_columns(schema);
    print_names(schema->kind == OC_TARGETS_CLASSES ? "classes" : "targets", schema->class_names,
                (size_t)schema->classes);
    if (schema->mean) {
        print_numbers("mean", schema->mean, schema->channels, unit);
        print_numbers("std. dev.", schema->deviation, schema->channels, unit);
    }
    if (schema->target_mean && schema->kind == OC_TARGETS_REGRESSION) {
        print_numbers("target mean", schema->target_mean, schema->classes, 1);
        print_numbers("target std.", schema->target_deviation, schema->classes, 1);
    }
    for (size_t i = 0; i < schema->notes; i++)
        oc_card_print(i == 0 ? "notes" : "", schema->note[i]);
}
