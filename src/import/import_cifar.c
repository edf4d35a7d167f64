/* import_cifar.c - the importer of CIFAR-10 and CIFAR-100 in the binary version of their authors:
 * records of one label byte (CIFAR-100: coarse, then fine) and 3072 bytes, which lie as (C, H, W).
 * https://www.cs.toronto.edu/~kriz/cifar.html. All files are in memory at once, under 200 MB. */
#include "base/hash.h"
#include "base/utf8.h"
#include "data/files/file_source.h"
#include "import/importer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, CHANNELS = 3, IMAGE_BYTES = CHANNELS * SIDE * SIDE };
enum { MAX_BATCHES = 5, MAX_CLASSES = 100, MAX_FILE_BYTES = 1 << 28 };

/* Which of a version's files is which. */
enum { FILE_TEST = MAX_BATCHES, FILE_FINE, FILE_COARSE, FILES };

static const struct {
    const char *name;
    int label_bytes, fine, coarse; /* of a record; classes, 0: has none */
    const char *files[FILES];      /* NULL: has none */
} versions[] = {
    {"CIFAR-10",
     1,
     10,
     0,
     {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
      "data_batch_5.bin", "test_batch.bin", "batches.meta.txt", NULL}},
    {"CIFAR-100",
     2,
     100,
     20,
     {"train.bin", NULL, NULL, NULL, NULL, "test.bin", "fine_label_names.txt",
      "coarse_label_names.txt"}},
};
enum { VERSIONS = sizeof versions / sizeof versions[0] };

typedef struct cifar_options {
    oc_import_common common;
    int coarse; /* CIFAR-100: the 20 superclasses instead of the 100 classes */
} cifar_options;

typedef struct blob {
    char *bytes; /* owned, NUL behind */
    size_t count;
} blob;

typedef struct cifar_import {
    const cifar_options *options;
    blob files[VERSIONS][FILES];
    int version;
    int classes;
    char *names[MAX_CLASSES]; /* inside the names' file; all NULL without one */
} cifar_import;

/* Take a file if it is one that is known by its name, whatever folder it is in. */
static oc_status take_file(cifar_import *import, oc_file_source *source, const char *name)
{
    const char *const slash = strrchr(name, '/');
    const char *const base = slash ? slash + 1 : name;
    for (int v = 0; v < VERSIONS; v++)
        for (int f = 0; f < FILES; f++) {
            blob *const to = &import->files[v][f];
            const void *bytes;
            if (!versions[v].files[f] || strcmp(versions[v].files[f], base) != 0)
                continue;
            if (to->bytes)
                return oc_fail(OC_ERR_DATA, "%s: has %s twice", import->options->common.source,
                               base);
            const oc_status status =
                oc_file_source_read(source, MAX_FILE_BYTES, &bytes, &to->count);
            if (status)
                return oc_fail_context(status, "%s", import->options->common.source);
            to->bytes = calloc(1, to->count + 1);
            if (!to->bytes)
                return oc_fail(OC_ERR_MEMORY, "%s: no memory for %s",
                               import->options->common.source, base);
            memcpy(to->bytes, bytes, to->count);
            return OC_OK;
        }
    return OC_OK;
}

static oc_status take_all(cifar_import *import)
{
    oc_file_source *source = NULL;
    oc_source_entry entry;
    oc_status status = oc_file_source_open(&source, import->options->common.source, OC_FOLLOW_NONE);
    if (!status)
        status = oc_file_source_next(source, &entry);
    while (!status && entry.name) {
        if (!entry.refused)
            status = take_file(import, source, entry.name);
        if (!status)
            status = oc_file_source_next(source, &entry);
    }
    oc_file_source_close(source);
    return status;
}

/* The version whose test file is there; all its batches must be. */
static oc_status find_version(cifar_import *import)
{
    const char *const path = import->options->common.source;
    int found = -1, count = 0;
    for (int v = 0; v < VERSIONS; v++)
        if (import->files[v][FILE_TEST].bytes) {
            found = v;
            count++;
        }
    if (count != 1)
        return oc_fail(OC_ERR_DATA,
                       "%s: found %s, expected test_batch.bin of CIFAR-10 or test.bin of CIFAR-100 "
                       "(the binary version)",
                       path, count ? "both" : "neither");
    for (int f = 0; f < FILE_TEST; f++)
        if (versions[found].files[f] && !import->files[found][f].bytes)
            return oc_fail(OC_ERR_DATA, "%s: %s of %s is missing", path, versions[found].files[f],
                           versions[found].name);
    if (import->options->coarse && versions[found].coarse == 0)
        return oc_fail(OC_ERR_USAGE, "%s: %s has no coarse labels", path, versions[found].name);
    import->version = found;
    import->classes = import->options->coarse ? versions[found].coarse : versions[found].fine;
    return OC_OK;
}

/* One name a line; their number must be that of the classes. */
static oc_status read_names(cifar_import *import)
{
    const int which = import->options->coarse ? FILE_COARSE : FILE_FINE;
    blob *const names = &import->files[import->version][which];
    const char *const file = versions[import->version].files[which];
    char *rest = NULL;
    int count = 0;
    if (!names->bytes)
        return OC_OK;
    const char *const foreign = oc_utf8_foreign(names->bytes, names->count);
    if (foreign)
        return oc_fail(OC_ERR_DATA, "%s: %s: found text in %s, expected UTF-8",
                       import->options->common.source, file, foreign);
    if (strlen(names->bytes) != names->count || !oc_utf8_is_valid(names->bytes))
        return oc_fail(OC_ERR_DATA, "%s: %s is not text in UTF-8", import->options->common.source,
                       file);
    char *const text = names->bytes + oc_utf8_mark(names->bytes, names->count);
    for (char *line = strtok_r(text, "\r\n", &rest); line;
         line = strtok_r(NULL, "\r\n", &rest), count++)
        if (count < MAX_CLASSES)
            import->names[count] = line;
    if (count != import->classes)
        return oc_fail(OC_ERR_DATA, "%s: %s has %d names, expected %d",
                       import->options->common.source, file, count, import->classes);
    return OC_OK;
}

/* Records of a file, which must be whole and have labels in range. */
static oc_status check_file(const cifar_import *import, int file, uint64_t *samples)
{
    const size_t label_bytes = (size_t)versions[import->version].label_bytes;
    const size_t record = label_bytes + IMAGE_BYTES;
    const blob *const from = &import->files[import->version][file];
    const char *const name = versions[import->version].files[file];
    if (from->count == 0 || from->count % record != 0)
        return oc_fail(OC_ERR_DATA, "%s: %s: %zu bytes, expected whole records of %zu",
                       import->options->common.source, name, from->count, record);
    for (size_t at = 0; at < from->count; at += record) {
        const int coarse = (unsigned char)from->bytes[at];
        const int fine = (unsigned char)from->bytes[at + label_bytes - 1];
        const int label = import->options->coarse ? coarse : fine;
        if (label >= import->classes)
            return oc_fail(OC_ERR_DATA, "%s: %s: label %d of record %zu, expected 0 to %d",
                           import->options->common.source, name, label, at / record,
                           import->classes - 1);
    }
    *samples += from->count / record;
    return OC_OK;
}

static oc_status write_file(const cifar_import *import, oc_dataset_writer *writer, int file)
{
    enum { BLOCK = 256 };
    const size_t label_bytes = (size_t)versions[import->version].label_bytes;
    const size_t record = label_bytes + IMAGE_BYTES;
    const blob *const from = &import->files[import->version][file];
    const oc_split split = file == FILE_TEST ? OC_SPLIT_TEST : OC_SPLIT_TRAIN;
    const size_t which = import->options->coarse ? 0 : label_bytes - 1;
    int32_t labels[BLOCK];
    uint8_t *images = malloc((size_t)BLOCK * IMAGE_BYTES);
    oc_status status = OC_OK;
    if (!images)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for images", import->options->common.source);
    for (size_t at = 0; at < from->count && !status;) {
        size_t n = 0;
        for (; n < BLOCK && at < from->count; n++, at += record) {
            labels[n] = (unsigned char)from->bytes[at + which];
            memcpy(images + n * IMAGE_BYTES, from->bytes + at + label_bytes, IMAGE_BYTES);
        }
        status = oc_dataset_writer_add(writer, split, images, labels, n);
    }
    free(images);
    return status;
}

/* What went in, by content: a folder and an archive of the same files give the same. */
static oc_status describe_source(const cifar_import *import, char *text, size_t bytes)
{
    char hexadecimal[OC_DIGEST_TEXT];
    oc_hasher *hasher = oc_hasher_create();
    if (!hasher)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for a digest", import->options->common.source);
    for (int f = 0; f <= FILE_TEST; f++)
        if (import->files[import->version][f].bytes)
            oc_hasher_update(hasher, import->files[import->version][f].bytes,
                             import->files[import->version][f].count);
    oc_digest_text(oc_hasher_finish(hasher), hexadecimal);
    snprintf(text, bytes, "%s%s, binary version, XXH3-128 of the batches: %s",
             versions[import->version].name, import->options->coarse ? " (coarse labels)" : "",
             hexadecimal);
    return OC_OK;
}

static oc_status write_all(const cifar_import *import, const char *out)
{
    char source[256];
    oc_dataset_writer *writer = NULL;
    oc_schema schema = {
        .channels = CHANNELS, .height = SIDE, .width = SIDE, .values = OC_VALUES_BYTES};
    oc_dataset_plan plan = {
        .schema = &schema,
        .source = source,
        .listener = import->options->common.listener,
    };
    oc_status status = describe_source(import, source, sizeof source);
    if (!status)
        status = oc_schema_set_classes(&schema,
                                       import->names[0] ? (const char *const *)import->names : NULL,
                                       (size_t)import->classes);
    for (int f = 0; f <= FILE_TEST && !status; f++)
        if (versions[import->version].files[f])
            status = check_file(import, f,
                                &plan.samples[f == FILE_TEST ? OC_SPLIT_TEST : OC_SPLIT_TRAIN]);
    if (!status)
        status = oc_dataset_writer_create(&writer, &plan, out);
    for (int f = 0; f <= FILE_TEST && !status; f++)
        if (versions[import->version].files[f])
            status = write_file(import, writer, f);
    if (!status) {
        status = oc_dataset_writer_finish(writer);
        writer = NULL;
    }
    oc_dataset_writer_discard(writer);
    oc_schema_free(&schema);
    return status;
}

static oc_status run(const void *options, const char *out)
{
    cifar_import import = {.options = options};
    oc_status status = take_all(&import);
    if (!status)
        status = find_version(&import);
    if (!status)
        status = read_names(&import);
    if (!status)
        status = write_all(&import, out);
    for (int v = 0; v < VERSIONS; v++)
        for (int f = 0; f < FILES; f++)
            free(import.files[v][f].bytes);
    return status;
}

/* ---- the command line ---- */

enum { OPTION_COARSE = OC_OPTION_OWN };

static const struct argp_option options[] = {
    {"coarse", OPTION_COARSE, NULL, 0, "CIFAR-100: the 20 superclasses, not the 100 classes", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char doc[] =
    "Import CIFAR-10 or CIFAR-100 in the binary version. SOURCE is the folder with the .bin files, "
    "or the .tar.gz as downloaded.\v"
    "Example:\n  onecycle import cifar cifar-10-binary.tar.gz cifar10.h5";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    cifar_options *const o = state->input;
    if (key != OPTION_COARSE)
        return oc_import_parse_common(key, argument, state);
    o->coarse = 1;
    return 0;
}

const oc_importer oc_importer_cifar = {
    .argp = {options, parse, "SOURCE OUT.h5", doc, NULL, NULL, NULL},
    .bytes = sizeof(cifar_options),
    .run = run};
