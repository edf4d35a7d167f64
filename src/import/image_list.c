/* image_list.c - see image_list.h. */
#include "import/image_list.h"

#include "base/utf8.h"
#include "data/loader/sampler.h"
#include "import/image_folders.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

oc_status oc_image_list_add(oc_image_list *list, const char *name, uint64_t number)
{
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 1024;
        oc_image_item *more = realloc(list->item, room * sizeof *more);
        if (!more)
            return oc_fail(OC_ERR_MEMORY, "%s: no memory for its name", name);
        list->item = more;
        list->room = room;
    }
    char *copy = strdup(name);
    if (!copy)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for its name", name);
    list->item[list->count++] = (oc_image_item){.name = copy, .number = number};
    return OC_OK;
}

void oc_image_list_free(oc_image_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i].name);
    for (size_t i = 0; i < list->classes; i++)
        free(list->class_names[i]);
    free(list->class_names);
    free(list->item);
    *list = (oc_image_list){0};
}

/* Which class a path belongs to, and of which split: into the item. */
static void read_path(oc_image_item *item, size_t top, int is_split)
{
    char *path = item->name + top;
    if (item->left_out)
        return;
    item->split = OC_SPLIT_TRAIN;
    if (is_split) {
        item->split = oc_image_split_of(path, strcspn(path, "/"));
        path = strchr(path, '/') + 1;
    }
    item->class_name = path;
    item->class_bytes = strcspn(path, "/");
    if (path[item->class_bytes] != '/') {
        item->left_out = "not in the folder of a class";
        return;
    }
    path[item->class_bytes] = '\0';
    if (!oc_utf8_is_valid(path))
        item->left_out = "the name of its class is not UTF-8";
    path[item->class_bytes] = '/';
}

static int compare_classes(const oc_image_item *a, const oc_image_item *b)
{
    const size_t least = a->class_bytes < b->class_bytes ? a->class_bytes : b->class_bytes;
    const int order = memcmp(a->class_name, b->class_name, least);
    return order ? order : (a->class_bytes > b->class_bytes) - (a->class_bytes < b->class_bytes);
}

/* Used before left out; by split, class, name, and how late it came. */
static int compare_items(const void *one, const void *other)
{
    const oc_image_item *const a = one, *const b = other;
    int order = !!a->left_out - !!b->left_out;
    if (!order && !a->left_out)
        order = (a->split > b->split) - (a->split < b->split);
    if (!order && !a->left_out)
        order = compare_classes(a, b);
    if (!order)
        order = strcmp(a->name, b->name);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void sort_items(oc_image_list *list)
{
    qsort(list->item, list->count, sizeof *list->item, compare_items);
}

/* An archive may hold a name twice; the later one counts, as when unpacking it. */
static void leave_out_repeated(oc_image_list *list)
{
    for (size_t i = 0; i + 1 < list->count; i++)
        if (!list->item[i].left_out && strcmp(list->item[i].name, list->item[i + 1].name) == 0)
            list->item[i].left_out = "replaced by a later copy in the archive";
}

/* Classes are those of the training images, which come first. */
static oc_status name_classes(oc_image_list *list, const char *source)
{
    const oc_image_item *last = NULL;
    for (size_t i = 0; i < list->count && !list->item[i].left_out; i++) {
        oc_image_item *const item = &list->item[i];
        if (item->split != OC_SPLIT_TRAIN)
            break;
        if (!last || compare_classes(last, item) != 0) {
            char **more =
                realloc(list->class_names, (list->classes + 1) * sizeof *list->class_names);
            if (more)
                list->class_names = more;
            char *name = more ? strndup(item->class_name, item->class_bytes) : NULL;
            if (!name)
                return oc_fail(OC_ERR_MEMORY, "%s: no memory for class names", source);
            list->class_names[list->classes++] = name;
        }
        item->label = (int32_t)list->classes - 1;
        last = item;
    }
    return OC_OK;
}

static int is_training(const oc_image_list *list, size_t i)
{
    return !list->item[i].left_out && list->item[i].split == OC_SPLIT_TRAIN;
}

/* Of each class of the training images, `fraction` go to the test split. */
static void divide(oc_image_list *list, double fraction, uint64_t seed)
{
    for (size_t first = 0, end; first < list->count && is_training(list, first); first = end) {
        const int32_t label = list->item[first].label;
        for (end = first;
             end < list->count && is_training(list, end) && list->item[end].label == label;)
            end++;
        const uint32_t count = (uint32_t)(end - first);
        uint32_t moved = (uint32_t)(fraction * count + 0.5);
        moved = moved < count ? moved : count - 1;
        for (uint32_t k = 0; k < moved; k++) /* one permutation a class */
            list->item[first + oc_sampler_at(seed, (uint32_t)label, count, k)].split =
                OC_SPLIT_TEST;
    }
}

/* Labels of the other splits' images, by name: in each they are sorted as the classes are. */
static oc_status label_others(oc_image_list *list, const char *source)
{
    size_t k = 0;
    oc_split split = OC_SPLIT_TRAIN;
    for (size_t i = 0; i < list->count && !list->item[i].left_out; i++) {
        oc_image_item *const item = &list->item[i];
        int order = 1;
        if (item->split == OC_SPLIT_TRAIN)
            continue;
        k = item->split == split ? k : 0;
        split = item->split;
        for (; k < list->classes; k++) {
            const oc_image_item named = {.class_name = list->class_names[k],
                                         .class_bytes = strlen(list->class_names[k])};
            order = compare_classes(&named, item);
            if (order >= 0)
                break;
        }
        if (order != 0)
            return oc_fail(OC_ERR_DATA, "%s: %s: no readable training image of class %.*s", source,
                           item->name, (int)item->class_bytes, item->class_name);
        item->label = (int32_t)k;
    }
    return OC_OK;
}

static oc_status check_result(const oc_image_list *list, const char *source, int is_split)
{
    if (list->samples[OC_SPLIT_TRAIN] == 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: no training images, expected train/CLASS/FILE or CLASS/FILE", source);
    if (list->samples[OC_SPLIT_TEST] == 0 && list->samples[OC_SPLIT_VALIDATION] == 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: no test images%s; expected a folder test or val beside train, or "
                       "--test-fraction",
                       source, is_split ? "" : " (and no folder train)");
    return OC_OK;
}

oc_status oc_image_list_arrange(oc_image_list *list, const char *source, double test_fraction,
                                uint64_t seed)
{
    int is_split = 0, has_test = 0;
    if (list->count == 0 || list->count > UINT32_MAX)
        return oc_fail(OC_ERR_DATA, "%s: %zu readable images, expected 1 to %" PRIu32, source,
                       list->count, UINT32_MAX);
    oc_status status = oc_image_list_find_layout(list, source, &is_split, &has_test);
    if (status)
        return status;
    if (has_test && test_fraction > 0)
        return oc_fail(OC_ERR_USAGE,
                       "%s: has a folder for the test split: leave --test-fraction out", source);
    for (size_t i = 0; i < list->count; i++)
        read_path(&list->item[i], list->top, is_split);
    sort_items(list);
    leave_out_repeated(list);
    sort_items(list);
    status = name_classes(list, source);
    if (!status && test_fraction > 0) {
        divide(list, test_fraction, seed);
        sort_items(list);
    }
    if (!status)
        status = label_others(list, source);
    for (size_t i = 0; i < list->count; i++)
        if (!list->item[i].left_out)
            list->samples[list->item[i].split]++;
    return status ? status : check_result(list, source, is_split);
}
