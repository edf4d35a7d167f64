/* safetensors.c - reading: see safetensors.h. */
#include "storage/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

enum {
    LENGTH_BYTES = 8,
    LONGEST_HEADER = 100000000, /* that of the reference implementation */
    MOST_BYTES = 8,             /* of an element */
    BLOCK = 4096                /* elements that are converted at once */
};

struct oc_safetensors {
    int descriptor;
    uint64_t data_at; /* byte of the file where the numbers begin */
    json_t *header;   /* owns the names */
    oc_safetensor *tensor;
    size_t count;
    char path[];
};

static const struct {
    const char *name;
    unsigned bytes;
} types[] = {
    {"F64", 8},  {"F32", 4}, {"F16", 2},     {"BF16", 2},    {"I64", 8}, {"I32", 4},
    {"I16", 2},  {"I8", 1},  {"U64", 8},     {"U32", 4},     {"U16", 2}, {"U8", 1},
    {"BOOL", 1}, {"C64", 8}, {"F8_E5M2", 1}, {"F8_E4M3", 1},
};

/* Bytes of an element; 0: a type of a later version, which cannot be checked. */
static unsigned bytes_of(const char *type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, type) == 0)
            return types[i].bytes;
    return 0;
}

static oc_status read_at(const oc_safetensors *file, uint64_t offset, void *to, size_t count)
{
    for (size_t done = 0; done < count;) {
        const ssize_t n =
            pread(file->descriptor, (char *)to + done, count - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return oc_fail(OC_ERR_IO, "%s: cannot read: %s", file->path, strerror(errno));
        if (n == 0)
            return oc_fail(OC_ERR_DATA, "%s: truncated: it ends at byte %" PRIu64, file->path,
                           offset + done);
        done += (size_t)n;
    }
    return OC_OK;
}

static oc_status wrong(const oc_safetensors *file, const char *name, const char *what)
{
    return oc_fail(OC_ERR_DATA, "%s: tensor %.100s: expected %s", file->path, name, what);
}

/* A whole number that is none below 0. */
static int read_whole(const json_t *value, uint64_t *number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return 0;
    *number = (uint64_t)json_integer_value(value);
    return 1;
}

static oc_status read_shape(const oc_safetensors *file, const json_t *shape, oc_safetensor *t)
{
    if (!json_is_array(shape) || json_array_size(shape) > OC_SAFETENSORS_DIMS)
        return wrong(file, t->name, "a shape of at most 8 dimensions");
    t->rank = (int)json_array_size(shape);
    t->elements = 1;
    for (int i = 0; i < t->rank; i++)
        if (!read_whole(json_array_get(shape, (size_t)i), &t->extent[i]) ||
            __builtin_mul_overflow(t->elements, t->extent[i], &t->elements))
            return wrong(file, t->name, "a shape of whole numbers with a product below 2^64");
    return OC_OK;
}

/* {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]} */
static oc_status read_entry(const oc_safetensors *file, const json_t *entry, oc_safetensor *t)
{
    const char *const type = json_string_value(json_object_get(entry, "dtype"));
    const json_t *const offsets = json_object_get(entry, "data_offsets");
    uint64_t bytes;
    if (!type || strlen(type) >= sizeof t->type)
        return wrong(file, t->name, "a dtype such as F32");
    memcpy(t->type, type, strlen(type) + 1);
    const oc_status status = read_shape(file, json_object_get(entry, "shape"), t);
    if (status)
        return status;
    if (json_array_size(offsets) != 2 || !read_whole(json_array_get(offsets, 0), &t->begin) ||
        !read_whole(json_array_get(offsets, 1), &t->end) || t->end < t->begin)
        return wrong(file, t->name, "data_offsets: where its bytes begin and end");
    const unsigned each = bytes_of(t->type);
    if (each > 0 &&
        (__builtin_mul_overflow(t->elements, (uint64_t)each, &bytes) || bytes != t->end - t->begin))
        return oc_fail(OC_ERR_DATA,
                       "%s: tensor %.100s: %" PRIu64 " elements of %s in %" PRIu64
                       " bytes, expected %u bytes each",
                       file->path, t->name, t->elements, t->type, t->end - t->begin, each);
    return OC_OK;
}

static int by_place(const void *a, const void *b)
{
    const oc_safetensor *const x = a, *const y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static oc_status check_places(const oc_safetensors *file, uint64_t data_bytes)
{
    uint64_t at = 0;
    for (size_t i = 0; i < file->count; i++) {
        const oc_safetensor *const t = &file->tensor[i];
        if (t->begin != at)
            return oc_fail(OC_ERR_DATA,
                           "%s: tensor %.100s begins at byte %" PRIu64
                           " of the data, expected %" PRIu64 ": the end of the one before",
                           file->path, t->name, t->begin, at);
        at = t->end;
    }
    if (at != data_bytes)
        return oc_fail(OC_ERR_DATA,
                       "%s: its tensors take %" PRIu64 " bytes, but %" PRIu64 " follow the header",
                       file->path, at, data_bytes);
    return OC_OK;
}

static oc_status read_entries(oc_safetensors *file)
{
    const char *name;
    json_t *entry;
    file->tensor = calloc(json_object_size(file->header) + 1, sizeof *file->tensor);
    if (!file->tensor)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for its tensors", file->path);
    json_object_foreach(file->header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0) /* texts for people */
            continue;
        oc_safetensor *const t = &file->tensor[file->count++];
        t->name = name;
        const oc_status status = read_entry(file, entry, t);
        if (status)
            return status;
    }
    qsort(file->tensor, file->count, sizeof *file->tensor, by_place);
    return OC_OK;
}

static oc_status read_header(oc_safetensors *file, uint64_t file_bytes)
{
    unsigned char prefix[LENGTH_BYTES];
    uint64_t length = 0;
    json_error_t error;
    if (file_bytes < LENGTH_BYTES)
        return oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " bytes, expected a .safetensors file",
                       file->path, file_bytes);
    oc_status status = read_at(file, 0, prefix, sizeof prefix);
    if (status)
        return status;
    for (int i = LENGTH_BYTES; i-- > 0;)
        length = length << 8 | prefix[i];
    if (length > LONGEST_HEADER || length > file_bytes - LENGTH_BYTES)
        return oc_fail(OC_ERR_DATA,
                       "%s: not a valid .safetensors file: a header of %" PRIu64
                       " bytes in a file of %" PRIu64,
                       file->path, length, file_bytes);
    char *const text = malloc((size_t)length + 1);
    if (!text)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for its header", file->path);
    status = read_at(file, LENGTH_BYTES, text, (size_t)length);
    if (!status) {
        file->header = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &error);
        if (!json_is_object(file->header))
            status = oc_fail(OC_ERR_DATA, "%s: its header is not a JSON object: %s", file->path,
                             file->header ? "it is something else" : error.text);
    }
    free(text);
    file->data_at = LENGTH_BYTES + length;
    return status ? status : read_entries(file);
}

oc_status oc_safetensors_open(oc_safetensors **out, const char *path)
{
    struct stat about;
    oc_safetensors *file = calloc(1, sizeof *file + strlen(path) + 1);
    *out = NULL;
    if (!file)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", path);
    memcpy(file->path, path, strlen(path) + 1);
    oc_status status = OC_OK;
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->descriptor < 0)
        status = oc_fail(OC_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    else if (fstat(file->descriptor, &about) < 0 || !S_ISREG(about.st_mode))
        status = oc_fail(OC_ERR_IO, "%s: not a regular file", path);
    if (!status)
        status = read_header(file, (uint64_t)about.st_size);
    if (!status)
        status = check_places(file, (uint64_t)about.st_size - file->data_at);
    if (status)
        oc_safetensors_close(file);
    else
        *out = file;
    return status;
}

void oc_safetensors_close(oc_safetensors *file)
{
    if (!file)
        return;
    if (file->descriptor >= 0)
        close(file->descriptor);
    json_decref(file->header);
    free(file->tensor);
    free(file);
}

size_t oc_safetensors_count(const oc_safetensors *file)
{
    return file->count;
}

const oc_safetensor *oc_safetensors_at(const oc_safetensors *file, size_t i)
{
    return &file->tensor[i];
}

/* IEEE 754 binary16. */
static float half_value(uint32_t bits)
{
    const float sign = bits & 0x8000 ? -1.0f : 1.0f;
    const int exponent = (int)(bits >> 10 & 31), mantissa = (int)(bits & 1023);
    if (exponent == 31)
        return mantissa ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexpf((float)mantissa, -24);
    return sign * ldexpf((float)(mantissa + 1024), exponent - 25);
}

static float float_value(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float convert(const char *type, uint64_t bits)
{
    double wide;
    if (strcmp(type, "F64") == 0) {
        memcpy(&wide, &bits, sizeof wide);
        return (float)wide;
    }
    if (strcmp(type, "F32") == 0)
        return float_value((uint32_t)bits);
    return strcmp(type, "F16") == 0 ? half_value((uint32_t)bits)
                                    : float_value((uint32_t)bits << 16); /* BF16 */
}

oc_status oc_safetensors_read(const oc_safetensors *file, size_t i, float *to)
{
    const oc_safetensor *const t = &file->tensor[i];
    const unsigned each = bytes_of(t->type);
    unsigned char block[BLOCK * MOST_BYTES];
    if (!strchr("FB", t->type[0]) || each < 2)
        return oc_fail(OC_ERR_DATA, "%s: tensor %.100s: of type %s, expected F32, F16, BF16 or F64",
                       file->path, t->name, t->type);
    for (uint64_t done = 0; done < t->elements;) {
        const uint64_t left = t->elements - done, n = left < BLOCK ? left : BLOCK;
        const oc_status status =
            read_at(file, file->data_at + t->begin + done * each, block, (size_t)n * each);
        if (status)
            return status;
        for (uint64_t k = 0; k < n; k++) {
            uint64_t bits = 0;
            for (unsigned b = each; b-- > 0;)
                bits = bits << 8 | block[k * each + b];
            to[done + k] = convert(t->type, bits);
        }
        done += n;
    }
    return OC_OK;
}
