/* import_images.c - the importer of images in folders, one folder a class (image_list.h), from a
 * folder or an archive (file_source.h). Each image is read once, prepared (picture.h) and kept in a
 * file without a name beside the output (image_keep.h), because order and labels are only known
 * when all names are; then all go to the writer in order. So memory holds names, not pixels. What
 * happened on the way is counted (images_notes.h) and becomes notes of the data set. */
#include "import/importers.h"

#include "base/hash.h"
#include "data/dataset/dataset_write.h"
#include "data/files/file_source.h"
#include "data/images/picture.h"
#include "import/image_keep.h"
#include "import/image_list.h"
#include "import/images_notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 22 };

typedef struct images_import {
    const oc_import_images *options;
    oc_file_source *source;
    oc_image_list list;
    int height, width; /* 0 before the first image, if not asked for */
    oc_image_keep keep;
    oc_images_notes notes;
    unsigned char *block; /* of images for the writer */
} images_import;

/* An image that cannot be used: counted and told, or with --strict the end. */
static oc_status skip(images_import *import, const char *what, const char *detail, const char *name,
                      const char *why)
{
    if (import->options->strict)
        return oc_fail(OC_ERR_DATA, "%s: %s: %s", import->options->source, name, why);
    if (import->options->watch.skipped)
        import->options->watch.skipped(import->options->watch.user, name, why);
    return oc_tally_add(&import->notes.skipped, what, detail);
}

static void tell_progress(const images_import *import)
{
    uint64_t done, total;
    if (!import->options->watch.progress)
        return;
    oc_file_source_progress(import->source, &done, &total);
    import->options->watch.progress(import->options->watch.user, import->keep.count, done, total);
}

/* A prepared picture -> the kept file. */
static oc_status take_picture(images_import *import, const char *name, const oc_picture_made *made,
                              const uint16_t *values)
{
    const oc_import_images *o = import->options;
    oc_status status = OC_OK;
    if (import->keep.count == 0) {
        import->height = made->height;
        import->width = made->width;
        status = oc_image_keep_set_size(&import->keep, (size_t)o->channels * (size_t)made->height *
                                                           (size_t)made->width);
    }
    if (!status && (made->height != import->height || made->width != import->width))
        status =
            oc_fail(OC_ERR_DATA,
                    "%s: %s: an image of %dx%d (height x width), those before it are %dx%d; choose "
                    "one with --size",
                    o->source, name, made->height, made->width, import->height, import->width);
    if (!status)
        status = oc_image_list_add(&import->list, name, import->keep.count);
    if (!status)
        status = oc_image_keep_add(&import->keep, values, made->bits);
    return status ? status : oc_images_notes_add(&import->notes, made);
}

/* The message of a failure without the file's name, which it begins with. */
static void take_reason(const char *name, char *reason, size_t room)
{
    const size_t prefix = strlen(name) + 2;
    snprintf(reason, room, "%s", strlen(oc_message()) > prefix ? oc_message() + prefix : "damaged");
}

/* The first bytes say what it is; a file that is no picture is only counted, unless it is called
 * one. */
static oc_status recognise(const images_import *import, oc_image_kind *kind)
{
    const void *bytes;
    size_t count;
    const oc_status status = oc_file_source_peek(import->source, OC_IMAGE_MAGIC, &bytes, &count);
    *kind = OC_IMAGE_UNKNOWN;
    if (status)
        return status;
    *kind = oc_image_recognise(bytes, count);
    return OC_OK;
}

static oc_status take_unknown(images_import *import, const char *name)
{
    char ending[OC_TALLY_TEXT];
    oc_images_ending(name, ending);
    if (oc_images_is_called_picture(name))
        return skip(import, "of unknown content", ending, name, "no picture of a known kind");
    return oc_tally_add(&import->notes.skipped, "of unknown content", ending);
}

/* A file that may be a picture, whatever it is called. */
static oc_status take_file(images_import *import, const char *name)
{
    const oc_import_images *o = import->options;
    const oc_picture_how how = {.channels = o->channels,
                                .height = o->height,
                                .width = o->width,
                                .bits = o->bits,
                                .fit = o->fit,
                                .upright = 1};
    const void *bytes;
    size_t count;
    oc_image_kind kind;
    oc_picture_made made;
    uint16_t *values = NULL;
    oc_status status = recognise(import, &kind);
    if (!status && kind == OC_IMAGE_UNKNOWN)
        return take_unknown(import, name);
    if (!status)
        status = oc_file_source_read(import->source, OC_IMAGE_MAX_FILE, &bytes, &count);
    if (status && oc_file_source_is_broken(import->source))
        return status;
    if (!status)
        status = oc_picture_prepare(name, bytes, count, &how, &made, &values);
    if (status == OC_ERR_DATA) {
        char reason[1024];
        take_reason(name, reason, sizeof reason);
        return skip(import,
                    kind == OC_IMAGE_UNKNOWN      ? "unreadable"
                    : oc_image_kind_is_read(kind) ? "damaged or too large"
                                                  : "of kinds that are not read",
                    kind == OC_IMAGE_UNKNOWN ? "" : oc_image_kind_name(kind), name, reason);
    }
    if (!status)
        status = take_picture(import, name, &made, values);
    free(values);
    return status;
}

static oc_status take_all(images_import *import)
{
    oc_source_entry entry;
    oc_status status = oc_file_source_next(import->source, &entry);
    while (!status && entry.name) {
        if (entry.refused)
            status = skip(import, "refused", entry.refused, entry.name, entry.refused);
        else if (entry.name[0] == '.' || strstr(entry.name, "/."))
            status = oc_tally_add(&import->notes.skipped, "hidden", "");
        else
            status = take_file(import, entry.name);
        tell_progress(import);
        if (!status)
            status = oc_file_source_next(import->source, &entry);
    }
    import->notes.followed = oc_file_source_followed(import->source);
    return status;
}

/* What went in, by content: the same images in a folder or an archive give the same file. */
static oc_status describe_source(const images_import *import, char *text, size_t bytes)
{
    const oc_image_list *list = &import->list;
    char hexadecimal[OC_DIGEST_TEXT];
    oc_status status = OC_OK;
    oc_hasher *hasher = oc_hasher_create();
    if (!hasher)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for a digest", import->options->source);
    size_t used = 0;
    for (; used < list->count && !list->item[used].left_out && !status; used++) {
        const char *const name = list->item[used].name + list->top;
        oc_hasher_update(hasher, name, strlen(name) + 1);
        status = oc_image_keep_fetch(&import->keep, list->item[used].place, import->block);
        oc_hasher_update(hasher, import->block, oc_image_keep_bytes(&import->keep));
    }
    oc_digest_text(oc_hasher_finish(hasher), hexadecimal);
    snprintf(text, bytes, "%zu images in folders, XXH3-128 of names and pixels: %s", used,
             hexadecimal);
    return status;
}

/* The images of a split, in the list's order from *first on, block by block. */
static oc_status write_split(const images_import *import, oc_dataset_writer *writer, oc_split split,
                             size_t *first)
{
    enum { MOST = 1024 };
    int32_t labels[MOST];
    const size_t bytes = oc_image_keep_bytes(&import->keep), room = BLOCK_BYTES / bytes;
    const size_t most = room < 1 ? 1 : room > MOST ? MOST : room;
    const size_t end = *first + (size_t)import->list.samples[split];
    oc_status status = OC_OK;
    while (*first < end && !status) {
        size_t n = 0;
        for (; n < most && *first < end && !status; n++, ++*first) {
            labels[n] = import->list.item[*first].label;
            status = oc_image_keep_fetch(&import->keep, import->list.item[*first].place,
                                         import->block + n * bytes);
        }
        if (!status)
            status = oc_dataset_writer_add(writer, split, import->block, labels, n);
    }
    return status;
}

/* How samples were made, for predict to do the same. */
static oc_status make_schema(const images_import *import, oc_schema *schema)
{
    const oc_import_images *const o = import->options;
    *schema = (oc_schema){.channels = o->channels,
                          .height = import->height,
                          .width = import->width,
                          .values = import->keep.bits == 16 ? OC_VALUES_WORDS : OC_VALUES_BYTES,
                          .picture = {.is_known = 1, .upright = 1}};
    if (o->height > 0)
        snprintf(schema->picture.fit, sizeof schema->picture.fit, "%s", oc_fit_name(o->fit));
    oc_status status = oc_schema_set_classes(schema, (const char *const *)import->list.class_names,
                                             import->list.classes);
    return status ? status : oc_images_notes_write(&import->notes, o, &import->list, schema);
}

static oc_status write_all(images_import *import, const oc_schema *schema, const char *out)
{
    char source[256];
    size_t first = 0;
    oc_dataset_writer *writer = NULL;
    oc_status status = describe_source(import, source, sizeof source);
    const oc_dataset_plan plan = {
        .schema = schema,
        .stored = import->keep.bits == 16 ? OC_STORED_UINT16 : OC_STORED_UINT8,
        .samples = {[OC_SPLIT_TRAIN] = import->list.samples[OC_SPLIT_TRAIN],
                    [OC_SPLIT_TEST] = import->list.samples[OC_SPLIT_TEST],
                    [OC_SPLIT_VALIDATION] = import->list.samples[OC_SPLIT_VALIDATION]},
        .source = source,
    };
    if (!status)
        status = oc_dataset_writer_create(&writer, &plan, out);
    for (oc_split split = OC_SPLIT_TRAIN; split < OC_SPLIT_COUNT && !status; split++)
        status = write_split(import, writer, split, &first);
    if (!status)
        return oc_dataset_writer_finish(writer);
    oc_dataset_writer_discard(writer);
    return status;
}

/* Names -> order and labels; then the file. */
static oc_status arrange_and_write(images_import *import, const char *out)
{
    oc_image_list *const list = &import->list;
    oc_schema schema = {0};
    oc_status status = oc_image_list_arrange(list, import->options->source,
                                             import->options->test_fraction, import->options->seed);
    for (size_t i = 0; i < list->count && !status; i++)
        if (list->item[i].left_out)
            status = skip(import, "left out", list->item[i].left_out, list->item[i].name,
                          list->item[i].left_out);
    if (!status) {
        const size_t bytes = oc_image_keep_bytes(&import->keep);
        import->block = malloc(bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES);
        if (!import->block)
            status = oc_fail(OC_ERR_INTERNAL, "%s: no memory for images", import->options->source);
    }
    if (!status)
        status = make_schema(import, &schema);
    if (!status)
        status = write_all(import, &schema, out);
    oc_schema_free(&schema);
    return status;
}

oc_status oc_import_images_run(const oc_import_images *options, const char *out)
{
    images_import import = {.options = options, .keep = {.file = -1}};
    oc_status status = oc_file_source_open(&import.source, options->source, options->follow);
    if (!status)
        status = oc_image_keep_open(&import.keep, out);
    if (!status)
        status = take_all(&import);
    if (!status)
        status = arrange_and_write(&import, out);
    oc_image_keep_close(&import.keep);
    oc_file_source_close(import.source);
    oc_image_list_free(&import.list);
    oc_images_notes_free(&import.notes);
    free(import.block);
    return status;
}
