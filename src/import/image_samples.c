/* image_samples.c - see image_samples.h. */
#include "import/image_samples.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 22 };

/* What went in, by content: the same images in a folder or an archive give the same file. */
static oc_status describe_source(const oc_image_samples *from, void *block, char *text,
                                 size_t bytes)
{
    const oc_image_list *list = from->list;
    char hexadecimal[OC_DIGEST_TEXT];
    oc_status status = OC_OK;
    oc_hasher *hasher = oc_hasher_create();
    if (!hasher)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for a digest", from->options->common.source);
    size_t used = 0;
    for (; used < list->count && !list->item[used].left_out && !status; used++) {
        const char *const name = list->item[used].name + list->top;
        oc_hasher_update(hasher, name, strlen(name) + 1);
        status = oc_image_keep_fetch(from->keep, list->item[used].number, block);
        oc_hasher_update(hasher, block, oc_image_keep_bytes(from->keep));
    }
    oc_digest_text(oc_hasher_finish(hasher), hexadecimal);
    snprintf(text, bytes, "%zu images in folders, XXH3-128 of names and pixels: %s", used,
             hexadecimal);
    return status;
}

/* The images of a split, in the list's order from *first on, block by block. */
static oc_status write_split(const oc_image_samples *from, unsigned char *block,
                             oc_dataset_writer *writer, oc_split split, size_t *first)
{
    enum { MOST = 1024 };
    int32_t labels[MOST];
    const size_t bytes = oc_image_keep_bytes(from->keep), room = BLOCK_BYTES / bytes;
    const size_t most = room < 1 ? 1 : room > MOST ? MOST : room;
    const size_t end = *first + (size_t)from->list->samples[split];
    oc_status status = OC_OK;
    while (*first < end && !status) {
        size_t n = 0;
        for (; n < most && *first < end && !status; n++, ++*first) {
            labels[n] = from->list->item[*first].label;
            status =
                oc_image_keep_fetch(from->keep, from->list->item[*first].number, block + n * bytes);
        }
        if (!status)
            status = oc_dataset_writer_add(writer, split, block, labels, n);
    }
    return status;
}

/* How samples were made, for predict to do the same. */
static oc_status make_schema(const oc_image_samples *from, oc_schema *schema)
{
    const oc_import_images *const o = from->options;
    *schema = (oc_schema){.channels = o->channels,
                          .height = from->height,
                          .width = from->width,
                          .values = from->keep->bits == 16 ? OC_VALUES_WORDS : OC_VALUES_BYTES,
                          .picture = {.is_known = 1, .upright = 1}};
    if (o->height > 0)
        snprintf(schema->picture.fit, sizeof schema->picture.fit, "%s", oc_fit_name(o->fit));
    oc_status status = oc_schema_set_classes(schema, (const char *const *)from->list->class_names,
                                             from->list->classes);
    return status ? status : oc_images_notes_write(from->notes, o, from->list, schema);
}

static oc_status write_all(const oc_image_samples *from, unsigned char *block,
                           const oc_schema *schema, const char *out)
{
    char source[256];
    size_t first = 0;
    oc_dataset_writer *writer = NULL;
    oc_status status = describe_source(from, block, source, sizeof source);
    const oc_dataset_plan plan = {
        .schema = schema,
        .stored = from->keep->bits == 16 ? OC_STORED_UINT16 : OC_STORED_UINT8,
        .samples = {[OC_SPLIT_TRAIN] = from->list->samples[OC_SPLIT_TRAIN],
                    [OC_SPLIT_TEST] = from->list->samples[OC_SPLIT_TEST],
                    [OC_SPLIT_VALIDATION] = from->list->samples[OC_SPLIT_VALIDATION]},
        .source = source,
    };
    if (!status)
        status = oc_dataset_writer_create(&writer, &plan, out);
    for (oc_split split = OC_SPLIT_TRAIN; split < OC_SPLIT_COUNT && !status; split++)
        status = write_split(from, block, writer, split, &first);
    if (!status)
        return oc_dataset_writer_finish(writer);
    oc_dataset_writer_discard(writer);
    return status;
}

oc_status oc_image_samples_write(const oc_image_samples *from, const char *out)
{
    const size_t bytes = oc_image_keep_bytes(from->keep);
    oc_schema schema = {0};
    unsigned char *const block = malloc(bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES);
    oc_status status = OC_OK;
    if (!block)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for images", from->options->common.source);
    if (!status)
        status = make_schema(from, &schema);
    if (!status)
        status = write_all(from, block, &schema, out);
    oc_schema_free(&schema);
    free(block);
    return status;
}
