/* weights_file.c - see weights_file.h: three readers behind one list. */
#include "run/weights_file.h"

#include "data/arrays/npy_read.h"
#include "data/arrays/npz_member.h"
#include "storage/checkpoint.h"
#include "storage/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAGIC_BYTES = 8, VALUES = 4096 };

/* One more in the list, or NULL when memory is short. */
static oc_weight *append(oc_weights_file *file, const char *name, size_t length)
{
    if (file->count == file->room) {
        const size_t room = file->room ? 2 * file->room : 64;
        oc_weight *const larger = realloc(file->weight, room * sizeof *larger);
        if (!larger)
            return NULL;
        file->weight = larger;
        file->room = room;
    }
    oc_weight *const weight = &file->weight[file->count];
    *weight = (oc_weight){.place = file->count++};
    snprintf(weight->name, sizeof weight->name, "%.*s", (int)length, name);
    return weight;
}

static oc_status no_memory(const oc_weights_file *file)
{
    return oc_fail(OC_ERR_MEMORY, "%s: no memory for its tensors", file->path);
}

/* ---- checkpoints ---- */

typedef struct checkpoint_lister {
    oc_weights_file *file;
    oc_status status;
} checkpoint_lister;

static void list_tensor(const char *name, oc_shape shape, void *user)
{
    static const char *const groups[] = {"parameters/", "state/"};
    checkpoint_lister *const l = user;
    const char *const relative = name + (name[0] == '/');
    for (int g = 0; g < 2 && !l->status; g++) {
        const size_t length = strlen(groups[g]);
        if (strncmp(relative, groups[g], length) != 0)
            continue;
        oc_weight *const weight = append(l->file, relative + length, strlen(relative) - length);
        if (!weight) {
            l->status = no_memory(l->file);
            return;
        }
        weight->is_state = g;
        weight->rank = shape.rank;
        weight->elements = oc_shape_count(shape);
        for (int i = 0; i < shape.rank; i++)
            weight->extent[i] = (uint64_t)shape.dim[i];
    }
}

static oc_status list_checkpoint(oc_weights_file *file)
{
    checkpoint_lister l = {file, OC_OK};
    const oc_status status = oc_checkpoint_list(file->path, list_tensor, &l);
    return status ? status : l.status;
}

/* All at once, because each opening verifies the whole file. */
static oc_status read_checkpoint(oc_weights_file *file, const size_t *index, float *const *to,
                                 size_t count)
{
    oc_named_tensor *const tensors = calloc(count + 1, sizeof *tensors);
    if (!tensors)
        return no_memory(file);
    for (size_t i = 0; i < count; i++) {
        const oc_weight *const weight = &file->weight[index[i]];
        tensors[i] = (oc_named_tensor){weight->is_state ? "state" : "parameters",
                                       weight->name,
                                       {to[i], {weight->rank, {0}, 0}}};
        for (int k = 0; k < weight->rank; k++)
            tensors[i].tensor.shape.dim[k] = (int)weight->extent[k];
    }
    const oc_status status = oc_checkpoint_read_tensors(file->path, tensors, count);
    free(tensors);
    return status;
}

/* ---- .npz ---- */

typedef struct npz_lister {
    oc_weights_file *file;
    oc_status status;
} npz_lister;

static void list_member(const char *name, void *user)
{
    static const char ending[] = ".npy";
    npz_lister *const l = user;
    const size_t length = strlen(name), end = sizeof ending - 1;
    if (l->status || length <= end || strcmp(name + length - end, ending) != 0)
        return; /* what numpy did not put there */
    if (length - end >= OC_WEIGHT_NAME)
        l->status = oc_fail(OC_ERR_DATA,
                            "%s: member %.60s...: a name of %zu bytes, expected at "
                            "most %d",
                            l->file->path, name, length - end, OC_WEIGHT_NAME - 1);
    else if (!append(l->file, name, length - end))
        l->status = no_memory(l->file);
}

static oc_status list_npz(oc_weights_file *file)
{
    npz_lister l = {file, OC_OK};
    oc_status status = oc_npz_list(file->path, list_member, &l);
    if (!status)
        status = l.status;
    if (!status && file->count == 0)
        status = oc_fail(OC_ERR_DATA,
                         "%s: a zip archive without .npy arrays, expected an .npz (what torch.save "
                         "writes may run code and is not read: save .safetensors or numpy.savez)",
                         file->path);
    for (size_t i = 0; !status && i < file->count; i++) {
        oc_weight *const weight = &file->weight[i];
        oc_npy *npy = NULL;
        status = oc_npy_open(&npy, file->path, weight->name);
        if (status)
            break;
        const oc_npy_info *const info = oc_npy_describe(npy);
        weight->rank = info->rank;
        weight->elements = info->elements;
        memcpy(weight->extent, info->extent, (size_t)info->rank * sizeof *info->extent);
        oc_npy_close(npy);
    }
    return status;
}

static oc_status read_npz(oc_weights_file *file, const size_t *index, float *const *to,
                          size_t count)
{
    double value[VALUES];
    oc_status status = OC_OK;
    for (size_t i = 0; !status && i < count; i++) {
        oc_npy *npy = NULL;
        status = oc_npy_open(&npy, file->path, file->weight[index[i]].name);
        if (!status && oc_npy_describe(npy)->type != 'f')
            status = oc_fail(OC_ERR_DATA, "%s: whole numbers, expected floats (f2, f4, f8)",
                             oc_npy_describe(npy)->name);
        const uint64_t elements = file->weight[index[i]].elements;
        for (uint64_t done = 0, n; !status && done < elements; done += n) {
            n = elements - done < VALUES ? elements - done : VALUES;
            status = oc_npy_read(npy, (size_t)n, value);
            for (uint64_t k = 0; !status && k < n; k++)
                to[i][done + k] = (float)value[k];
        }
        oc_npy_close(npy);
    }
    return status;
}

/* ---- .safetensors ---- */

static oc_status list_safetensors(oc_weights_file *file)
{
    oc_safetensors *open = NULL;
    const oc_status status = oc_safetensors_open(&open, file->path);
    file->open = open;
    for (size_t i = 0; !status && i < oc_safetensors_count(open); i++) {
        const oc_safetensor *const t = oc_safetensors_at(open, i);
        if (strlen(t->name) >= OC_WEIGHT_NAME)
            return oc_fail(OC_ERR_DATA,
                           "%s: tensor %.60s...: a name of %zu bytes, expected at most %d",
                           file->path, t->name, strlen(t->name), OC_WEIGHT_NAME - 1);
        oc_weight *const weight = append(file, t->name, strlen(t->name));
        if (!weight)
            return no_memory(file);
        weight->rank = t->rank;
        weight->elements = t->elements;
        memcpy(weight->extent, t->extent, sizeof t->extent);
    }
    return status;
}

static oc_status read_safetensors(oc_weights_file *file, const size_t *index, float *const *to,
                                  size_t count)
{
    oc_status status = OC_OK;
    for (size_t i = 0; !status && i < count; i++)
        status = oc_safetensors_read(file->open, file->weight[index[i]].place, to[i]);
    return status;
}

/* ---- which of them ---- */

oc_status oc_weights_identify(const char *path, oc_weights_kind *kind, int *is_known)
{
    char magic[MAGIC_BYTES + 1] = "";
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    const ssize_t got = read(descriptor, magic, sizeof magic);
    const int error = errno;
    close(descriptor);
    if (got < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot read: %s", path, strerror(error));
    *kind = memcmp(magic, "ONECYCLE", MAGIC_BYTES) == 0 ? OC_WEIGHTS_CHECKPOINT
            : memcmp(magic, "PK", 2) == 0               ? OC_WEIGHTS_NPZ
                                                        : OC_WEIGHTS_SAFETENSORS;
    *is_known = *kind != OC_WEIGHTS_SAFETENSORS || magic[MAGIC_BYTES] == '{';
    if (memcmp(magic, "\x89HDF", 4) == 0 || memcmp(magic, "\x93NUMPY", 6) == 0 ||
        memcmp(magic, "\x80", 1) == 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: neither a checkpoint of onecycle nor .npz nor .safetensors (it looks "
                       "like %s)",
                       path,
                       magic[1] == 'H'   ? "an HDF5 file of another program"
                       : magic[1] == 'N' ? "a single .npy array"
                                         : "a Python pickle, which may run code and is not read");
    return OC_OK;
}

oc_status oc_weights_open(oc_weights_file *file, const char *path)
{
    static oc_status (*const list[])(oc_weights_file *) = {
        [OC_WEIGHTS_CHECKPOINT] = list_checkpoint,
        [OC_WEIGHTS_NPZ] = list_npz,
        [OC_WEIGHTS_SAFETENSORS] = list_safetensors,
    };
    *file = (oc_weights_file){.path = path};
    int is_known; /* a damaged one says more of itself when it is read */
    oc_status status = oc_weights_identify(path, &file->kind, &is_known);
    if (!status)
        status = list[file->kind](file);
    if (status)
        oc_weights_close(file);
    return status;
}

void oc_weights_close(oc_weights_file *file)
{
    oc_safetensors_close(file->open);
    free(file->weight);
    *file = (oc_weights_file){0};
}

oc_status oc_weights_read(oc_weights_file *file, const size_t *index, float *const *to,
                          size_t count)
{
    static oc_status (*const reader[])(oc_weights_file *, const size_t *, float *const *,
                                       size_t) = {
        [OC_WEIGHTS_CHECKPOINT] = read_checkpoint,
        [OC_WEIGHTS_NPZ] = read_npz,
        [OC_WEIGHTS_SAFETENSORS] = read_safetensors,
    };
    return reader[file->kind](file, index, to, count);
}
