/* import_idx.c - the importer of idx files (MNIST and its relatives): a big-endian header of a
 * magic number and sizes, then bytes. Format: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST
 * database of handwritten digits". Plain or packed with gzip. Reads in blocks; the file's size is
 * checked against its header before anything is allocated. */
#include "import/import_idx.h"

#include "base/file.h"
#include "base/hash.h"
#include "data/files/packed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 1 << 22, MAX_SIZES = 3 };

/* Magic 0x000008NN: unsigned bytes, NN sizes. */
enum { MAGIC_LABELS = 0x0801, MAGIC_IMAGES = 0x0803 };

typedef struct idx_file {
    const char *path;
    oc_packed *file;
    uint64_t size[MAX_SIZES]; /* count, rows, columns; 1 where the file has none */
} idx_file;

/* One split: its images, and its labels read whole. */
typedef struct idx_split {
    idx_file images, labels;
    uint8_t *label_bytes;
} idx_split;

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static oc_status read_exactly(const idx_file *file, void *to, size_t count)
{
    size_t got;
    const oc_status status = oc_packed_read(file->file, to, count, &got);
    if (!status && got < count)
        return oc_fail(OC_ERR_DATA, "%s: truncated: it ends within its header or data", file->path);
    return status;
}

/* After all that the header says, nothing may follow. */
static oc_status read_end(const idx_file *file)
{
    size_t got;
    char more;
    const oc_status status = oc_packed_read(file->file, &more, 1, &got);
    if (!status && got > 0)
        return oc_fail(OC_ERR_DATA, "%s: trailing bytes: longer than its header says", file->path);
    return status;
}

/* Read the header and hold it against the file's size. */
static oc_status read_header(idx_file *file, uint32_t magic)
{
    const int sizes = (int)(magic & 0xff);
    const uint64_t header_bytes = 4 + 4 * (uint64_t)sizes;
    unsigned char header[4 + 4 * MAX_SIZES];
    oc_status status = read_exactly(file, header, 4);
    if (status)
        return status;
    const uint32_t found = big_endian(header);
    if (found != magic)
        return oc_fail(OC_ERR_DATA,
                       "%s: magic number 0x%08" PRIx32 ", expected 0x%08" PRIx32 " (idx %s)",
                       file->path, found, magic, magic == MAGIC_IMAGES ? "images" : "labels");
    status = read_exactly(file, header + 4, (size_t)(header_bytes - 4));
    if (status)
        return status;
    for (int i = 0; i < MAX_SIZES; i++)
        file->size[i] = i < sizes ? big_endian(header + 4 + 4 * i) : 1;
    const uint64_t samples[OC_SPLIT_COUNT] = {file->size[0], file->size[0]};
    status = oc_dataset_check_extents(file->path, 1, file->size[1], file->size[2], 1, samples);
    if (status)
        return status;
    const uint64_t expected = header_bytes + file->size[0] * file->size[1] * file->size[2];
    if (oc_packed_is_packed(file->file) ? oc_packed_most(file->file) < expected
                                        : oc_packed_bytes(file->file) != expected)
        return oc_fail(
            OC_ERR_DATA, "%s: %s: %" PRIu64 " bytes, its header says %" PRIu64 "%s", file->path,
            oc_packed_most(file->file) < expected ? "truncated" : "trailing bytes",
            oc_packed_bytes(file->file), expected,
            oc_packed_is_packed(file->file) ? ", more than gzip can have compressed" : "");
    return OC_OK;
}

static oc_status open_idx(idx_file *file, const char *path, uint32_t magic)
{
    file->path = path;
    const oc_status status = oc_packed_open(&file->file, path);
    if (status)
        return status;
    return read_header(file, magic);
}

static oc_status open_split(idx_split *split, const char *images, const char *labels)
{
    oc_status status = open_idx(&split->images, images, MAGIC_IMAGES);
    if (!status)
        status = open_idx(&split->labels, labels, MAGIC_LABELS);
    if (status)
        return status;
    if (split->images.size[0] != split->labels.size[0])
        return oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " images, but %" PRIu64 " labels in %s", images,
                       split->images.size[0], split->labels.size[0], labels);
    const size_t count = (size_t)split->labels.size[0];
    split->label_bytes = malloc(count);
    if (!split->label_bytes)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for %zu labels", labels, count);
    status = read_exactly(&split->labels, split->label_bytes, count);
    return status ? status : read_end(&split->labels);
}

static void close_split(idx_split *split)
{
    oc_packed_close(split->images.file);
    oc_packed_close(split->labels.file);
    free(split->label_bytes);
}

/* The training labels say how many classes there are; the test labels must keep to them. */
static oc_status count_classes(const idx_split split[OC_SPLIT_TEST + 1], int *classes)
{
    const idx_split *train = &split[OC_SPLIT_TRAIN], *test = &split[OC_SPLIT_TEST];
    *classes = 0;
    for (uint64_t i = 0; i < train->labels.size[0]; i++)
        if (train->label_bytes[i] >= *classes)
            *classes = train->label_bytes[i] + 1;
    for (uint64_t i = 0; i < test->labels.size[0]; i++)
        if (test->label_bytes[i] >= *classes)
            return oc_fail(
                OC_ERR_DATA, "%s: label %d at index %" PRIu64 ", expected 0 to %d as in %s",
                test->labels.path, test->label_bytes[i], i, *classes - 1, train->labels.path);
    return OC_OK;
}

static oc_status copy_split(oc_dataset_writer *writer, oc_split which, const idx_split *split)
{
    const size_t image_bytes = (size_t)(split->images.size[1] * split->images.size[2]);
    const size_t total = (size_t)split->images.size[0];
    const size_t most = image_bytes < BLOCK_BYTES ? BLOCK_BYTES / image_bytes : 1;
    uint8_t *images = malloc(most * image_bytes);
    int32_t *labels = malloc(most * sizeof *labels);
    oc_status status = OC_OK;
    if (!images || !labels)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for %zu images", split->images.path, most);
    for (size_t done = 0, n; !status && done < total; done += n) {
        n = total - done < most ? total - done : most;
        for (size_t i = 0; i < n; i++)
            labels[i] = split->label_bytes[done + i];
        status = read_exactly(&split->images, images, n * image_bytes);
        if (!status)
            status = oc_dataset_writer_add(writer, which, images, labels, n);
    }
    if (!status)
        status = read_end(&split->images);
    free(labels);
    free(images);
    return status;
}

/* What went in, by content and not by name: the same input gives the same file. */
static oc_status describe_source(const char *const path[OC_IDX_FILES], char *text, size_t bytes)
{
    static const char *const names[] = {"train images", "train labels", "test images",
                                        "test labels"};
    size_t used = (size_t)snprintf(text, bytes, "idx files, XXH3-128:");
    for (size_t i = 0; i < OC_IDX_FILES; i++) {
        oc_digest digest;
        char hexadecimal[OC_DIGEST_TEXT];
        const oc_status status = oc_hash_file(path[i], 0, &digest);
        if (status)
            return status;
        oc_digest_text(digest, hexadecimal);
        used += (size_t)snprintf(text + used, bytes - used, "%s %s %s", i ? "," : "", names[i],
                                 hexadecimal);
    }
    return OC_OK;
}

oc_status oc_import_idx_run(const oc_import_idx *options, const char *out)
{
    idx_split split[OC_SPLIT_TEST + 1] = {0};
    oc_dataset_writer *writer = NULL;
    oc_schema schema = {.channels = 1, .values = OC_VALUES_BYTES};
    oc_dataset_plan plan = {.schema = &schema, .listener = options->common.listener};
    int classes = 0;
    char source[512];
    const char *const *const path = options->file;
    const uint64_t *train_size = split[OC_SPLIT_TRAIN].images.size;
    const uint64_t *test_size = split[OC_SPLIT_TEST].images.size;
    oc_status status =
        open_split(&split[OC_SPLIT_TRAIN], path[OC_IDX_TRAIN_IMAGES], path[OC_IDX_TRAIN_LABELS]);
    if (!status)
        status =
            open_split(&split[OC_SPLIT_TEST], path[OC_IDX_TEST_IMAGES], path[OC_IDX_TEST_LABELS]);
    if (!status && (train_size[1] != test_size[1] || train_size[2] != test_size[2]))
        status = oc_fail(OC_ERR_DATA,
                         "%s: images of %" PRIu64 "x%" PRIu64 ", expected %" PRIu64 "x%" PRIu64
                         " as in %s",
                         path[OC_IDX_TEST_IMAGES], test_size[1], test_size[2], train_size[1],
                         train_size[2], path[OC_IDX_TRAIN_IMAGES]);
    if (!status)
        status = count_classes(split, &classes);
    if (!status)
        status = oc_schema_set_classes(&schema, NULL, (size_t)classes);
    if (!status)
        status = describe_source(path, source, sizeof source);
    if (status)
        goto done;
    schema.height = (int)train_size[1];
    schema.width = (int)train_size[2];
    plan.samples[OC_SPLIT_TRAIN] = train_size[0];
    plan.samples[OC_SPLIT_TEST] = test_size[0];
    plan.source = source;
    status = oc_dataset_writer_create(&writer, &plan, out);
    for (int which = 0; !status && which <= OC_SPLIT_TEST; which++)
        status = copy_split(writer, (oc_split)which, &split[which]);
    if (!status) {
        status = oc_dataset_writer_finish(writer);
        writer = NULL;
    }
done:
    oc_dataset_writer_discard(writer);
    oc_schema_free(&schema);
    for (int which = 0; which <= OC_SPLIT_TEST; which++)
        close_split(&split[which]);
    return status;
}

/* ---- the command line ---- */

/* Keys in the order of the files. */
enum { OPTION_FILE = OC_OPTION_OWN };

static const struct argp_option options[] = {
    {"train-images", OPTION_FILE + OC_IDX_TRAIN_IMAGES, "FILE", 0, "Images of the training split",
     0},
    {"train-labels", OPTION_FILE + OC_IDX_TRAIN_LABELS, "FILE", 0, "Labels of the training split",
     0},
    {"test-images", OPTION_FILE + OC_IDX_TEST_IMAGES, "FILE", 0, "Images of the test split", 0},
    {"test-labels", OPTION_FILE + OC_IDX_TEST_LABELS, "FILE", 0, "Labels of the test split", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char doc[] = "Import the four idx files of MNIST and its relatives, plain or "
                          "compressed with gzip. DIR contains them under their usual names "
                          "(train-images-idx3-ubyte, ...).\v"
                          "Examples:\n"
                          "  onecycle import idx datasets/mnist datasets/mnist/mnist.h5\n"
                          "  onecycle import idx --train-images a --train-labels b \\\n"
                          "      --test-images c --test-labels d out.h5";

/* DIR/NAME under one of a file's usual names, plain or .gz; if none is there, an error that says
 * so. */
static oc_status find_file(char *path, const char *folder, int which)
{
    static const char *const usual[OC_IDX_FILES][2] = {
        {"train-images-idx3-ubyte", "train-images.idx3-ubyte"},
        {"train-labels-idx1-ubyte", "train-labels.idx1-ubyte"},
        {"t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"},
        {"t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"},
    };
    static const char *const endings[] = {"", ".gz"};
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", usual[which][i % 2], endings[i / 2]);
        const oc_status status = oc_path_join(path, folder, name);
        if (status || oc_file_exists(path))
            return status;
    }
    return oc_fail(OC_ERR_IO, "%s: no file %s or %s in this folder, plain or .gz", folder,
                   usual[which][0], usual[which][1]);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    oc_import_idx *const o = state->input;
    if (key < OPTION_FILE || key >= OPTION_FILE + OC_IDX_FILES)
        return oc_import_parse_common(key, argument, state);
    o->file[key - OPTION_FILE] = argument;
    return 0;
}

/* All four files, or a folder to find them in. */
static oc_status run(const void *parsed, const char *out)
{
    oc_import_idx o = *(const oc_import_idx *)parsed;
    const char *const folder = o.common.source;
    char found[OC_IDX_FILES][OC_PATH_BYTES];
    int given = 0;
    for (int i = 0; i < OC_IDX_FILES; i++)
        given += o.file[i] != NULL;
    if (folder ? given > 0 : given == 0)
        return oc_fail(OC_ERR_USAGE,
                       "import idx: expected either a folder or the four files, found %s (see "
                       "`onecycle import idx --help`)",
                       folder ? "both" : "neither");
    for (int i = 0; i < OC_IDX_FILES; i++) {
        if (!folder && !o.file[i])
            return oc_fail(OC_ERR_USAGE, "import idx: --%s is missing", options[i].name);
        const oc_status status = folder ? find_file(found[i], folder, i) : OC_OK;
        if (status)
            return status;
        if (folder)
            o.file[i] = found[i];
    }
    return oc_import_idx_run(&o, out);
}

const oc_importer oc_importer_idx = {
    .argp = {options, parse, "DIR OUT.h5\n--train-images=FILE ... OUT.h5", doc, NULL, NULL, NULL},
    .wants = OC_IMPORT_MAY_HAVE_SOURCE,
    .bytes = sizeof(oc_import_idx),
    .run = run};
