/* array_table.c - see array_table.h. */
#include "data/arrays/array_table.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 1 << 20 };

struct oc_array_table {
    oc_array *array;
    oc_array_shape shape;
    unsigned char *block; /* `most` rows, of which `there` are read and `used` were given */
    size_t row_bytes;
    uint64_t most, there, used, first; /* first: number of the block's first sample */
};

static int fits(const oc_array_shape *shape, const oc_schema *trained)
{
    return shape->channels == trained->channels && shape->height == trained->height &&
           shape->width == trained->width;
}

static oc_status choose_shape(oc_array_table *table, oc_channel_order channels,
                              const oc_schema *trained)
{
    const oc_array_info *info = oc_array_describe(table->array);
    const int is_open = channels == OC_CHANNELS_UNSAID;
    oc_status status =
        oc_array_shape_find(&table->shape, info, is_open ? OC_CHANNELS_FIRST : channels);
    if (!status && is_open && info->rank == 4 && !fits(&table->shape, trained))
        status = oc_array_shape_find(&table->shape, info, OC_CHANNELS_LAST);
    if (!status && is_open && !fits(&table->shape, trained))
        status = oc_array_shape_find(&table->shape, info, OC_CHANNELS_FIRST);
    if (!status && !fits(&table->shape, trained))
        status = oc_fail(OC_ERR_DATA,
                         "%s: samples of %d channels, %dx%d, expected %d channels, %dx%d as the "
                         "network was trained on",
                         info->name, table->shape.channels, table->shape.height, table->shape.width,
                         trained->channels, trained->height, trained->width);
    return status;
}

/* Does a number here mean what it meant in training? */
static oc_status check_values(const oc_array_info *info, const oc_schema *trained)
{
    static const int bytes[OC_VALUES_KINDS] = {[OC_VALUES_BYTES] = 1, [OC_VALUES_WORDS] = 2};
    char name[OC_NUMBER_NAME_BYTES];
    const int wanted = bytes[trained->values];
    const int is_unsigned = info->type.kind == OC_NUMBER_UNSIGNED;
    const int is_same = wanted > 0 ? is_unsigned && info->type.bytes == wanted
                                   : !(is_unsigned && info->type.bytes == 1);
    return is_same ? OC_OK
                   : oc_fail(OC_ERR_DATA,
                             "%s: elements are %s, but the network was trained on %s: give the "
                             "array that type",
                             info->name, oc_number_type_name(info->type, name),
                             wanted == 1   ? "bytes (uint8)"
                             : wanted == 2 ? "uint16"
                                           : "numbers as they are, which bytes (uint8) are not");
}

static oc_status make_room(oc_array_table *table)
{
    const uint64_t samples = oc_array_table_samples(table);
    table->row_bytes = oc_array_row_bytes(table->array);
    table->most = table->row_bytes < BLOCK_BYTES ? BLOCK_BYTES / table->row_bytes : 1;
    table->most = table->most < samples ? table->most : samples;
    table->block = malloc((size_t)table->most * table->row_bytes);
    return table->block ? OC_OK
                        : oc_fail(OC_ERR_MEMORY, "%s: no memory for a sample",
                                  oc_array_describe(table->array)->name);
}

oc_status oc_array_table_open(oc_array_table **out, oc_array_format format, const char *path,
                              const char *name, oc_channel_order channels, const oc_schema *trained)
{
    char note[OC_SHAPE_NOTE];
    *out = NULL;
    oc_array_table *table = calloc(1, sizeof *table);
    if (!table)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", path);
    oc_status status = oc_array_open(&table->array, format, path, name);
    if (!status)
        status = choose_shape(table, channels, trained);
    if (!status)
        status = check_values(oc_array_describe(table->array), trained);
    if (!status)
        status = make_room(table);
    if (!status) {
        oc_array_shape_note(&table->shape, oc_array_describe(table->array), "inputs", note);
        oc_log(OC_LOG_INFO, "%s", note);
        *out = table;
    } else {
        oc_array_table_close(table);
    }
    return status;
}

void oc_array_table_close(oc_array_table *table)
{
    if (!table)
        return;
    oc_array_close(table->array);
    free(table->block);
    free(table);
}

uint64_t oc_array_table_samples(const oc_array_table *table)
{
    return oc_array_describe(table->array)->extent[0];
}

/* The next rows of the array, checked. */
static oc_status read_block(oc_array_table *table)
{
    const oc_array_info *info = oc_array_describe(table->array);
    table->first += table->there;
    const uint64_t left = info->extent[0] - table->first;
    table->there = left < table->most ? left : table->most;
    table->used = 0;
    if (left == 0)
        return oc_fail(OC_ERR_INTERNAL, "%s: no more samples", info->name);
    const oc_status status = oc_array_read(table->array, table->there, table->block);
    return status ? status : oc_array_check(info, table->first, table->there, table->block);
}

oc_status oc_array_table_next(oc_array_table *table, double *numbers)
{
    oc_status status = OC_OK;
    if (table->used == table->there)
        status = read_block(table);
    if (!status)
        oc_array_shape_decode(&table->shape, oc_array_describe(table->array)->type,
                              table->block + table->used++ * table->row_bytes, numbers);
    return status;
}
