/* safetensors_write.c - writing: see safetensors.h. */
#include "storage/safetensors.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum { LENGTH_BYTES = 8, ALIGNMENT = 8 };

static size_t bytes_of(const oc_named_tensor *tensor)
{
    return oc_shape_count(tensor->tensor.shape) * sizeof(float);
}

/* The header as JSON text, to be freed; NULL when memory is short. `format` is what Hugging Face's
 * loaders look for. */
static char *header_text(const oc_named_tensor *tensors, size_t count)
{
    json_t *const header = json_pack("{s{ss}}", "__metadata__", "format", "pt");
    size_t at = 0;
    int good = header != NULL;
    for (size_t i = 0; i < count && good; i++) {
        const oc_shape shape = tensors[i].tensor.shape;
        json_t *const extents = json_array();
        for (int k = 0; k < shape.rank && good; k++)
            good = json_array_append_new(extents, json_integer(shape.dim[k])) == 0;
        const size_t end = at + bytes_of(&tensors[i]);
        json_t *const entry = json_pack("{sssos[II]}", "dtype", "F32", "shape", extents,
                                        "data_offsets", (json_int_t)at, (json_int_t)end);
        good = entry && json_object_set_new(header, tensors[i].name, entry) == 0 && good;
        at = end;
    }
    char *const text = good ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    return text;
}

oc_status oc_safetensors_write(const char *path, const oc_named_tensor *tensors, size_t count)
{
    size_t data_bytes = 0;
    for (size_t i = 0; i < count; i++)
        data_bytes += bytes_of(&tensors[i]);
    char *const text = header_text(tensors, count);
    const size_t length = text ? strlen(text) : 0;
    const size_t padded = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    const size_t total = LENGTH_BYTES + padded + data_bytes;
    char *const bytes = text ? malloc(total) : NULL;
    if (!bytes) {
        free(text);
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to write it", path);
    }
    for (int i = 0; i < LENGTH_BYTES; i++)
        bytes[i] = (char)(padded >> 8 * i & 0xff);
    memset(bytes + LENGTH_BYTES, ' ', padded);
    memcpy(bytes + LENGTH_BYTES, text, length);
    char *to = bytes + LENGTH_BYTES + padded;
    for (size_t i = 0; i < count; i++) {
        memcpy(to, tensors[i].tensor.data, bytes_of(&tensors[i]));
        to += bytes_of(&tensors[i]);
    }
    const oc_status status = oc_file_write(path, bytes, total);
    free(bytes);
    free(text);
    return status;
}
