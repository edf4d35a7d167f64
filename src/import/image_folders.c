/* image_folders.c - see image_folders.h. */
#include "import/image_folders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A folder next below the top, or below a class. */
typedef struct folder {
    const char *name; /* not ended by NUL */
    size_t bytes;
    oc_split split;  /* OC_SPLIT_COUNT: it is called otherwise */
    int has_folders; /* with images in them */
} folder;

typedef struct folders {
    folder *item;
    size_t count, room, splits; /* splits: how many are called so */
} folders;

oc_split oc_image_split_of(const char *name, size_t bytes)
{
    static const struct {
        const char *name;
        oc_split split;
    } names[] = {
        {"train", OC_SPLIT_TRAIN},           {"training", OC_SPLIT_TRAIN},
        {"val", OC_SPLIT_VALIDATION},        {"valid", OC_SPLIT_VALIDATION},
        {"validation", OC_SPLIT_VALIDATION}, {"test", OC_SPLIT_TEST},
        {"testing", OC_SPLIT_TEST},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == bytes && strncasecmp(name, names[i].name, bytes) == 0)
            return names[i].split;
    return OC_SPLIT_COUNT;
}

static int compare_names(const void *one, const void *other)
{
    const oc_image_item *const a = one, *const b = other;
    const int order = strcmp(a->name, b->name);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* Does the folder that `path` begins with hold one that is called as a split is? */
static int has_split_inside(const char *path)
{
    const char *const inner = strchr(path, '/') + 1;
    const size_t bytes = strcspn(inner, "/");
    return inner[bytes] == '/' && oc_image_split_of(inner, bytes) != OC_SPLIT_COUNT;
}

/* What all folders are in, the next one below the top: its bytes with the slash, 0 if there is
 * none. What lies in no folder where others do is left out, and does not count. */
static size_t shared_folder(oc_image_list *list)
{
    const char *first = NULL;
    size_t bytes = 0;
    int is_shared = 1, is_deep = 1, has_split = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *const path = list->item[i].name + list->top;
        if (list->item[i].left_out)
            continue;
        if (!strchr(path, '/')) {
            list->item[i].left_out = "not in the folder of a class";
            continue;
        }
        if (!first) {
            first = path;
            bytes = strcspn(path, "/") + 1;
        }
        is_shared &= strncmp(path, first, bytes) == 0;
        is_deep &= strchr(strchr(path, '/') + 1, '/') != NULL;
        has_split |= has_split_inside(path);
    }
    if (!first || !is_shared || (!is_deep && !has_split) ||
        oc_image_split_of(first, bytes - 1) != OC_SPLIT_COUNT)
        return 0;
    return bytes;
}

/* Take off the folders that all are in, but not the classes: CLASS/FILE must remain. */
static void find_top(oc_image_list *list)
{
    list->top = 0;
    for (size_t bytes; (bytes = shared_folder(list)) > 0;)
        list->top += bytes;
}

/* The folders below the top. Items are sorted by name, so those of a folder lie together. */
static oc_status find_folders(const oc_image_list *list, const char *source, folders *found)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *const path = list->item[i].name + list->top;
        const size_t bytes = strcspn(path, "/");
        folder *last = found->count > 0 ? &found->item[found->count - 1] : NULL;
        if (list->item[i].left_out)
            continue;
        if (!last || last->bytes != bytes || memcmp(last->name, path, bytes) != 0) {
            if (found->count == found->room) {
                const size_t room = found->room ? 2 * found->room : 16;
                folder *const more = realloc(found->item, room * sizeof *more);
                if (!more)
                    return oc_fail(OC_ERR_MEMORY, "%s: no memory for its folders", source);
                found->item = more;
                found->room = room;
            }
            last = &found->item[found->count++];
            *last = (folder){path, bytes, oc_image_split_of(path, bytes), 0};
            found->splits += last->split != OC_SPLIT_COUNT;
        }
        last->has_folders |= strchr(path + bytes + 1, '/') != NULL;
    }
    return OC_OK;
}

/* "a, b, c", for a message. */
static void list_folders(const folders *found, char *text, size_t room)
{
    enum { MOST = 20 };
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < found->count && i < MOST && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%.*s", i ? ", " : "",
                                 (int)found->item[i].bytes, found->item[i].name);
    if (found->count > MOST && used < room)
        snprintf(text + used, room - used, " and %zu more", found->count - MOST);
}

static oc_status refuse(const folders *found, const char *source, const char *why)
{
    char names[1024];
    list_folders(found, names, sizeof names);
    return oc_fail(OC_ERR_DATA,
                   "%s: found folders %s: %s; expected train/CLASS/FILE beside val/CLASS/FILE or "
                   "test/CLASS/FILE and no other folders, or CLASS/FILE",
                   source, names, why);
}

/* Are the folders those of splits? They are if all are called so; a class may be called train too,
 * if its images lie right in it. Everything in between is an error: nothing is merged on a guess.
 */
static oc_status find_splits(const folders *found, const char *source, int *is_split)
{
    int of[OC_SPLIT_COUNT + 1] = {0}, has_folders = 0;
    for (size_t i = 0; i < found->count; i++) {
        of[found->item[i].split]++;
        has_folders |= found->item[i].split != OC_SPLIT_COUNT && found->item[i].has_folders;
    }
    *is_split = found->splits > 0 && found->splits == found->count;
    if (found->splits == 0 || (!*is_split && found->splits == 1 && !has_folders))
        return OC_OK;
    if (!*is_split)
        return refuse(found, source, "some are named like splits, others are not");
    if (of[OC_SPLIT_TRAIN] > 1 || of[OC_SPLIT_TEST] > 1 || of[OC_SPLIT_VALIDATION] > 1)
        return refuse(found, source, "two of them would be the same split");
    return of[OC_SPLIT_TRAIN] == 1 ? OC_OK : refuse(found, source, "none is the training split");
}

/* Folders of splits inside those of classes would be merged. */
static oc_status check_inside(const oc_image_list *list, const char *source)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *const path = list->item[i].name + list->top;
        const char *const inner = strchr(path, '/');
        if (list->item[i].left_out || !inner || !strchr(inner + 1, '/'))
            continue;
        const size_t bytes = strcspn(inner + 1, "/");
        if (oc_image_split_of(inner + 1, bytes) != OC_SPLIT_COUNT)
            return oc_fail(OC_ERR_DATA,
                           "%s: %s: a folder named like a split (%.*s) lies inside a class folder "
                           "(%.*s), expected train/CLASS/FILE",
                           source, list->item[i].name, (int)bytes, inner + 1, (int)(inner - path),
                           path);
    }
    return OC_OK;
}

oc_status oc_image_list_find_layout(oc_image_list *list, const char *source, int *is_split,
                                    int *has_test)
{
    folders found = {0};
    qsort(list->item, list->count, sizeof *list->item, compare_names);
    find_top(list);
    oc_status status = find_folders(list, source, &found);
    if (!status)
        status = find_splits(&found, source, is_split);
    if (!status && !*is_split)
        status = check_inside(list, source);
    for (size_t i = 0; i < found.count; i++)
        *has_test |= *is_split && found.item[i].split == OC_SPLIT_TEST;
    free(found.item);
    return status;
}
