/* h5_foreign_type.c - the types that HDF5 files of others have: which numbers they are, and the
 * names of those that are none. */
#include "storage/h5_foreign_private.h"

#include <stdio.h>
#include <string.h>

static int is_big_endian(hid_t type)
{
    return H5Tget_order(type) == H5T_ORDER_BE;
}

/* Whole bytes, all of whose bits count. */
static int is_plain_integer(hid_t type)
{
    const size_t bytes = H5Tget_size(type);
    const H5T_order_t order = H5Tget_order(type);
    return H5Tget_precision(type) == 8 * bytes && H5Tget_offset(type) == 0 &&
           (bytes == 1 || order == H5T_ORDER_LE || order == H5T_ORDER_BE);
}

/* Fewer bits than its bytes have (those that the filter nbit stores): HDF5 widens them. */
static int find_odd_integer(hid_t type, oc_h5_element *to)
{
    const hid_t native[2][4] = {
        {H5T_NATIVE_UINT8, H5T_NATIVE_UINT16, H5T_NATIVE_UINT32, H5T_NATIVE_UINT64},
        {H5T_NATIVE_INT8, H5T_NATIVE_INT16, H5T_NATIVE_INT32, H5T_NATIVE_INT64}};
    const size_t bits = H5Tget_precision(type);
    const int is_signed = H5Tget_sign(type) == H5T_SGN_2;
    const int host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    int width = 0;
    if (bits < 1 || bits > 64)
        return 0;
    while (8u << width < bits)
        width++;
    to->type = (oc_number_type){is_signed ? OC_NUMBER_SIGNED : OC_NUMBER_UNSIGNED, 1 << width,
                                width > 0 && host_is_big};
    to->memory = H5Tcopy(native[is_signed][width]);
    return to->memory >= 0;
}

static int find_integer(hid_t type, oc_h5_element *to)
{
    const size_t bytes = H5Tget_size(type);
    const int is_signed = H5Tget_sign(type) == H5T_SGN_2;
    to->type = (oc_number_type){is_signed ? OC_NUMBER_SIGNED : OC_NUMBER_UNSIGNED, (int)bytes,
                                bytes > 1 && is_big_endian(type)};
    if (bytes > 8 || !is_plain_integer(type) || !oc_number_type_is_valid(to->type)) {
        snprintf(to->name, sizeof to->name, "%sint%zu", is_signed ? "" : "u",
                 H5Tget_precision(type));
        return find_odd_integer(type, to);
    }
    to->is_as_stored = 1;
    to->memory = H5Tcopy(type);
    return to->memory >= 0;
}

static int is_half(hid_t type)
{
    size_t sign, exponent, exponent_bits, mantissa, mantissa_bits;
    return H5Tget_size(type) == 2 && H5Tget_precision(type) == 16 &&
           H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) >= 0 &&
           sign == 15 && exponent == 10 && exponent_bits == 5 && mantissa == 0 &&
           mantissa_bits == 10 && H5Tget_ebias(type) == 15 && H5Tget_norm(type) == H5T_NORM_IMPLIED;
}

static int is_ieee(hid_t type)
{
    return H5Tequal(type, H5T_IEEE_F32LE) > 0 || H5Tequal(type, H5T_IEEE_F32BE) > 0 ||
           H5Tequal(type, H5T_IEEE_F64LE) > 0 || H5Tequal(type, H5T_IEEE_F64BE) > 0;
}

/* Does every number of a float type fit a double? Of bfloat16 and the like. */
static int fits_double(hid_t type)
{
    size_t sign, exponent, exponent_bits, mantissa, mantissa_bits;
    return H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) >= 0 &&
           exponent_bits <= 11 && mantissa_bits <= 52;
}

static int find_float(hid_t type, oc_h5_element *to)
{
    const size_t bytes = H5Tget_size(type);
    const int host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    if (is_half(type) || is_ieee(type)) {
        to->type = (oc_number_type){OC_NUMBER_FLOAT, (int)bytes, is_big_endian(type)};
        to->is_as_stored = 1;
        to->memory = H5Tcopy(type);
    } else if (fits_double(type)) {
        to->type = (oc_number_type){OC_NUMBER_FLOAT, 8, host_is_big};
        to->memory = H5Tcopy(H5T_NATIVE_DOUBLE);
    } else {
        snprintf(to->name, sizeof to->name, "float%zu (%zu bits of it used)", 8 * bytes,
                 H5Tget_precision(type));
    }
    return to->memory >= 0;
}

/* h5py's booleans: an enumeration of FALSE and TRUE over int8. */
static int is_bool(hid_t type)
{
    unsigned char no[16] = {1}, yes[16] = {0}; /* as wide as any integer of HDF5 is here */
    return H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 &&
           H5Tenum_valueof(type, "FALSE", no) >= 0 && H5Tenum_valueof(type, "TRUE", yes) >= 0 &&
           no[0] == 0 && yes[0] == 1;
}

/* Other enumerations count as the numbers that they give their names to. */
static int find_enumeration(hid_t type, oc_h5_element *to)
{
    const hid_t base = H5Tget_super(type);
    int is_found = 0;
    if (is_bool(type)) {
        to->type = (oc_number_type){OC_NUMBER_BOOL, 1, 0};
        is_found = 1;
    } else if (base >= 0 && H5Tget_size(base) <= 8 && is_plain_integer(base)) {
        to->type =
            (oc_number_type){H5Tget_sign(base) == H5T_SGN_2 ? OC_NUMBER_SIGNED : OC_NUMBER_UNSIGNED,
                             (int)H5Tget_size(base), H5Tget_size(base) > 1 && is_big_endian(base)};
        is_found = oc_number_type_is_valid(to->type);
    }
    H5Tclose(base);
    snprintf(to->name, sizeof to->name, "enumeration of unsupported integers");
    to->is_as_stored = is_found;
    to->memory = is_found ? H5Tcopy(type) : H5I_INVALID_HID;
    return to->memory >= 0;
}

/* Bit fields of one byte: the booleans of PyTables. */
static int find_bits(hid_t type, oc_h5_element *to)
{
    snprintf(to->name, sizeof to->name, "bit field of %zu bytes", H5Tget_size(type));
    if (H5Tget_size(type) != 1)
        return 0;
    to->type = (oc_number_type){OC_NUMBER_BOOL, 1, 0};
    to->is_as_stored = 1;
    to->memory = H5Tcopy(type);
    return to->memory >= 0;
}

static void name_compound(hid_t type, oc_h5_element *to)
{
    const int fields = H5Tget_nmembers(type);
    char *const first = fields == 2 ? H5Tget_member_name(type, 0) : NULL;
    char *const second = fields == 2 ? H5Tget_member_name(type, 1) : NULL;
    const int is_complex = first && second && first[0] == 'r' && second[0] == 'i' &&
                           H5Tget_member_class(type, 0) == H5T_FLOAT &&
                           H5Tget_member_class(type, 1) == H5T_FLOAT;
    H5free_memory(first);
    H5free_memory(second);
    if (is_complex)
        snprintf(to->name, sizeof to->name, "complex numbers of %zu bytes", H5Tget_size(type));
    else
        snprintf(to->name, sizeof to->name, "compound of %d fields", fields);
}

static void name_other(hid_t type, oc_h5_element *to)
{
    static const char *const names[H5T_NCLASSES] = {
        [H5T_TIME] = "time",
        [H5T_OPAQUE] = "opaque",
        [H5T_REFERENCE] = "references",
        [H5T_VLEN] = "lists of varying length",
        [H5T_ARRAY] = "arrays in place of numbers",
    };
    const H5T_class_t class = H5Tget_class(type);
    const char *const name = class >= 0 && class < H5T_NCLASSES ? names[class] : NULL;
    snprintf(to->name, sizeof to->name, "%s", name ? name : "a type unknown to HDF5");
}

int oc_h5_foreign_element(hid_t stored, oc_h5_element *to)
{
    *to = (oc_h5_element){.memory = H5I_INVALID_HID};
    switch (H5Tget_class(stored)) {
    case H5T_INTEGER:
        return find_integer(stored, to);
    case H5T_FLOAT:
        return find_float(stored, to);
    case H5T_ENUM:
        return find_enumeration(stored, to);
    case H5T_BITFIELD:
        return find_bits(stored, to);
    case H5T_STRING:
        return 1;
    case H5T_COMPOUND:
        name_compound(stored, to);
        return 0;
    default:
        name_other(stored, to);
        return 0;
    }
}
