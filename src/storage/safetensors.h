/* safetensors.h - tensors by name in a .safetensors file, as Hugging Face's library writes them:
 * 8 bytes with the length of a header (little-endian), the header in JSON, then the numbers, row by
 * row. Format: github.com/huggingface/safetensors, README. Files are not trusted: the header is
 * held against the file's size before anything is allocated by it, and tensors must lie one behind
 * the other without gaps, as the format asks. */
#ifndef OC_STORAGE_SAFETENSORS_H
#define OC_STORAGE_SAFETENSORS_H

#include "storage/checkpoint.h"

enum { OC_SAFETENSORS_DIMS = 8, OC_SAFETENSORS_TYPE = 16 };

typedef struct oc_safetensor {
    const char *name;
    char type[OC_SAFETENSORS_TYPE]; /* "F32", as the file says */
    int rank;                       /* 0 to OC_SAFETENSORS_DIMS */
    uint64_t extent[OC_SAFETENSORS_DIMS];
    uint64_t elements;
    uint64_t begin, end; /* bytes, behind the header */
} oc_safetensor;

typedef struct oc_safetensors oc_safetensors;

/* Local. Open and check. OC_ERR_IO, OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_safetensors_open(oc_safetensors **file, const char *path);
void oc_safetensors_close(oc_safetensors *file); /* NULL-safe */

/* Local. How many, and the i-th in the order of the numbers; the file's until it is closed. */
size_t oc_safetensors_count(const oc_safetensors *file);
const oc_safetensor *oc_safetensors_at(const oc_safetensors *file, size_t i);

/* Local. The numbers of the i-th as floats: F32, F16, BF16 and F64, which is rounded; to
 * (elements). OC_ERR_DATA for another type, OC_ERR_IO. */
oc_status oc_safetensors_read(const oc_safetensors *file, size_t i, float *to);

/* Local. Write atomically, F32, in the given order under their names (groups are not looked at).
 * The same tensors give the same bytes. OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_safetensors_write(const char *path, const oc_named_tensor *tensors, size_t count);

#endif
