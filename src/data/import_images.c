/* import_images.c - the importer of images in folders, one folder a class (image_list.h), from a
 * folder or an archive (file_source.h). Each image is read once, brought to its size and kept in
 * a file without a name beside the output, because order and labels are only known when all names
 * are; then all go to the writer in order. So memory holds names, not pixels. */
#include "data/importers.h"

#include "base/file.h"
#include "base/hash.h"
#include "data/dataset_write.h"
#include "data/file_source.h"
#include "data/image_list.h"
#include "data/picture.h"
#include "storage/extents.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 22 };

typedef struct images_import {
    const oc_import_images *options;
    oc_file_source *source;
    oc_image_list list;
    int height, width; /* 0 before the first image, if not asked for */
    size_t image_bytes;
    uint8_t *bytes; /* (C, H, W), and in the end a block of such */
    int keep;       /* the file without a name; -1: none */
    uint64_t kept, skipped;
} images_import;

/* An image that cannot be used: told, or with --strict the end. */
static oc_status skip(images_import *import, const char *name, const char *why)
{
    import->skipped++;
    if (import->options->strict)
        return oc_fail(OC_ERR_DATA, "%s: %s: %s", import->options->source, name, why);
    if (import->options->watch.skipped)
        import->options->watch.skipped(import->options->watch.user, name, why);
    return OC_OK;
}

static void tell_progress(const images_import *import)
{
    uint64_t done, total;
    if (!import->options->watch.progress)
        return;
    oc_file_source_progress(import->source, &done, &total);
    import->options->watch.progress(import->options->watch.user, import->kept, done, total);
}

/* Memory for images of a size, once it is known. */
static oc_status set_size(images_import *import, uint64_t height, uint64_t width)
{
    const oc_import_images *o = import->options;
    const oc_status status = oc_extents_check(o->source, (uint64_t)o->channels, height, width, 1);
    if (status)
        return status;
    import->height = (int)height;
    import->width = (int)width;
    import->image_bytes = (size_t)o->channels * height * width;
    import->bytes = malloc(import->image_bytes > BLOCK_BYTES ? import->image_bytes : BLOCK_BYTES);
    return import->bytes ? OC_OK
                         : oc_fail(OC_ERR_INTERNAL, "%s: no memory for images of %dx%d", o->source,
                                   import->height, import->width);
}

/* A file without a name in the folder of `out`: gone when it is closed, whatever happens. */
static oc_status open_keep(images_import *import, const char *out)
{
    char path[OC_PATH_BYTES];
    const int length = snprintf(path, sizeof path, "%s.images-XXXXXX", out);
    import->keep = length < (int)sizeof path ? mkostemp(path, O_CLOEXEC) : -1;
    if (import->keep < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot create a temporary file beside it: %s", out,
                       length < (int)sizeof path ? strerror(errno) : "the path is too long");
    unlink(path);
    return OC_OK;
}

static oc_status keep_image(images_import *import, const uint16_t *values, const char *out)
{
    for (size_t i = 0; i < import->image_bytes; i++)
        import->bytes[i] = (uint8_t)values[i];
    for (size_t done = 0; done < import->image_bytes;) {
        const ssize_t n = write(import->keep, import->bytes + done, import->image_bytes - done);
        if (n < 0)
            return oc_fail(OC_ERR_IO, "%s: cannot write a temporary file beside it: %s", out,
                           strerror(errno));
        done += (size_t)n;
    }
    return OC_OK;
}

static oc_status fetch_block(const images_import *import, uint64_t place, uint8_t *to)
{
    for (size_t done = 0; done < import->image_bytes;) {
        const off_t at = (off_t)(place * import->image_bytes + done);
        const ssize_t n = pread(import->keep, to + done, import->image_bytes - done, at);
        if (n <= 0)
            return oc_fail(OC_ERR_IO, "a temporary file: cannot read: %s",
                           n < 0 ? strerror(errno) : "it has become shorter");
        done += (size_t)n;
    }
    return OC_OK;
}

/* A prepared picture -> the kept file. */
static oc_status take_picture(images_import *import, const char *name, const oc_picture_made *made,
                              const uint16_t *values, const char *out)
{
    const oc_import_images *o = import->options;
    oc_status status = OC_OK;
    if (!import->bytes)
        status = set_size(import, (uint64_t)made->height, (uint64_t)made->width);
    if (!status && (made->height != import->height || made->width != import->width))
        status =
            oc_fail(OC_ERR_DATA,
                    "%s: %s: an image of %dx%d (height x width), those before it are %dx%d; choose "
                    "one with --size",
                    o->source, name, made->height, made->width, import->height, import->width);
    if (!status)
        status = keep_image(import, values, out);
    if (!status)
        status = oc_image_list_add(&import->list, name, import->kept++);
    return status;
}

/* Is it called a picture? */
static int is_named_picture(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png",  ".webp", ".gif", ".bmp",
                                          ".tif", ".tiff", ".jfif", ".ppm",  ".pgm", ".pbm"};
    const char *const dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return 1;
    return 0;
}

/* A file that may be a picture, whatever it is called. */
static oc_status take_file(images_import *import, const char *name, const char *out)
{
    const oc_import_images *o = import->options;
    const oc_picture_how how = {.channels = o->channels,
                                .height = o->height,
                                .width = o->width,
                                .bits = 8,
                                .fit = o->fit,
                                .upright = 1};
    const void *bytes;
    size_t count;
    oc_picture_made made;
    uint16_t *values = NULL;
    oc_status status = oc_file_source_peek(import->source, OC_IMAGE_MAGIC, &bytes, &count);
    if (!status && oc_image_recognise(bytes, count) == OC_IMAGE_UNKNOWN)
        return is_named_picture(name) ? skip(import, name, "no picture of a known kind") : OC_OK;
    if (!status)
        status = oc_file_source_read(import->source, OC_IMAGE_MAX_FILE, &bytes, &count);
    if (status && oc_file_source_is_broken(import->source))
        return status;
    if (!status)
        status = oc_picture_prepare(name, bytes, count, &how, &made, &values);
    if (status == OC_ERR_DATA) { /* the message begins with the name */
        const size_t prefix = strlen(name) + 2;
        char copy[1024];
        snprintf(copy, sizeof copy, "%s",
                 strlen(oc_message()) > prefix ? oc_message() + prefix : "damaged");
        return skip(import, name, copy);
    }
    if (!status)
        status = take_picture(import, name, &made, values, out);
    free(values);
    return status;
}

static oc_status take_all(images_import *import, const char *out)
{
    oc_source_entry entry;
    oc_status status = oc_file_source_next(import->source, &entry);
    while (!status && entry.name) {
        if (entry.refused)
            status = skip(import, entry.name, entry.refused);
        else if (entry.name[0] != '.' && !strstr(entry.name, "/."))
            status = take_file(import, entry.name, out);
        tell_progress(import);
        if (!status)
            status = oc_file_source_next(import->source, &entry);
    }
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
        status = fetch_block(import, list->item[used].place, import->bytes);
        oc_hasher_update(hasher, import->bytes, import->image_bytes);
    }
    oc_digest_text(oc_hasher_finish(hasher), hexadecimal);
    snprintf(text, bytes, "%zu images in folders, XXH3-128 of names and pixels: %s", used,
             hexadecimal);
    return status;
}

/* The images of a split, in the list's order, block by block. */
static oc_status write_split(const images_import *import, oc_dataset_writer *writer, oc_split split,
                             size_t first)
{
    enum { MOST = 1024 };
    int32_t labels[MOST];
    const size_t room = BLOCK_BYTES / import->image_bytes;
    const size_t most = room < 1 ? 1 : room > MOST ? MOST : room;
    const size_t end = first + (size_t)import->list.samples[split];
    oc_status status = OC_OK;
    while (first < end && !status) {
        size_t n = 0;
        for (; n < most && first < end && !status; n++, first++) {
            labels[n] = import->list.item[first].label;
            status = fetch_block(import, import->list.item[first].place,
                                 import->bytes + n * import->image_bytes);
        }
        if (!status)
            status = oc_dataset_writer_add(writer, split, import->bytes, labels, n);
    }
    return status;
}

static oc_status write_all(images_import *import, const char *out)
{
    char source[256];
    oc_image_list *list = &import->list;
    oc_dataset_writer *writer = NULL;
    oc_status status = oc_image_list_arrange(list, import->options->source,
                                             import->options->test_fraction, import->options->seed);
    for (size_t i = 0; i < list->count && !status; i++)
        if (list->item[i].left_out)
            status = skip(import, list->item[i].name, list->item[i].left_out);
    if (!status)
        status = describe_source(import, source, sizeof source);
    if (status)
        return status;
    oc_schema schema = {.channels = import->options->channels,
                        .height = import->height,
                        .width = import->width,
                        .values = OC_VALUES_BYTES};
    const oc_dataset_plan plan = {
        .schema = &schema,
        .samples = {list->samples[OC_SPLIT_TRAIN], list->samples[OC_SPLIT_TEST]},
        .source = source,
    };
    status = oc_schema_set_classes(&schema, (const char *const *)list->class_names, list->classes);
    if (!status)
        status = oc_dataset_writer_create(&writer, &plan, out);
    if (!status)
        status = write_split(import, writer, OC_SPLIT_TRAIN, 0);
    if (!status)
        status = write_split(import, writer, OC_SPLIT_TEST, list->samples[OC_SPLIT_TRAIN]);
    if (!status) {
        status = oc_dataset_writer_finish(writer);
        writer = NULL;
    }
    oc_dataset_writer_discard(writer);
    oc_schema_free(&schema);
    return status;
}

oc_status oc_import_images_run(const oc_import_images *options, const char *out)
{
    images_import import = {.options = options, .keep = -1};
    oc_status status = oc_file_source_open(&import.source, options->source, options->follow);
    if (!status)
        status = open_keep(&import, out);
    if (!status)
        status = take_all(&import, out);
    if (!status)
        status = write_all(&import, out);
    if (import.keep >= 0)
        close(import.keep);
    oc_file_source_close(import.source);
    oc_image_list_free(&import.list);
    free(import.bytes);
    return status;
}
