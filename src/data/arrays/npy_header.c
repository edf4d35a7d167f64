/* npy_header.c - see npy_header.h. numpy writes the repr of a dictionary; this reads that and not
 * Python at large. */
#include "data/arrays/npy_header.h"

#include <stdio.h>
#include <string.h>

enum { KEY_DESCR, KEY_FORTRAN, KEY_SHAPE, KEYS, TEXT_BYTES = 32 };

static const char *const keys[KEYS] = {"descr", "fortran_order", "shape"};

typedef struct reader {
    const char *at, *begin;
    oc_npy_info *info;
    int big_endian, is_fortran;
    int seen[KEYS];
} reader;

static oc_status expected(const reader *r, const char *what)
{
    return oc_fail(OC_ERR_DATA, "%s: header: expected %s at byte %zu of its dictionary",
                   r->info->name, what, (size_t)(r->at - r->begin));
}

static void skip_blanks(reader *r)
{
    while (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r')
        r->at++;
}

/* Passes over a character, if it is the next one. */
static int take(reader *r, char c)
{
    skip_blanks(r);
    if (*r->at != c)
        return 0;
    r->at++;
    return 1;
}

/* 'text' or "text", without escapes. */
static oc_status read_text(reader *r, char text[TEXT_BYTES], const char *what)
{
    skip_blanks(r);
    const char quote = *r->at;
    if (quote != '\'' && quote != '"')
        return expected(r, what);
    const char *const end = strchr(r->at + 1, quote);
    const size_t length = end ? (size_t)(end - r->at - 1) : TEXT_BYTES;
    if (length >= TEXT_BYTES)
        return expected(r, what);
    memcpy(text, r->at + 1, length);
    text[length] = '\0';
    r->at = end + 1;
    return OC_OK;
}

static int find_number(reader *r, const char *text)
{
    static const char *const known[] = {"b1", "i1", "i2", "i4", "i8", "u1",
                                        "u2", "u4", "u8", "f2", "f4", "f8"};
    const char *const name = text[0] ? text + 1 : text;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i]) == 0 && strchr(name[1] == '1' ? "|<>" : "<>", text[0])) {
            r->info->type = name[0];
            r->info->bytes = name[1] - '0';
            r->big_endian = text[0] == '>';
            return 1;
        }
    return 0;
}

/* S5: five bytes; U5: five code points of four bytes. */
static int find_text(reader *r, const char *text)
{
    int length = 0;
    if (!text[0] || !text[1] || !strchr(text[1] == 'S' ? "|<>" : "<>", text[0]) ||
        (text[1] != 'S' && text[1] != 'U'))
        return 0;
    const int each = text[1] == 'U' ? 4 : 1;
    for (const char *c = text + 2; *c; c++) {
        if (*c < '0' || *c > '9' || length > OC_NPY_MAX_TEXT)
            return 0;
        length = 10 * length + (*c - '0');
    }
    if (length < 1 || length > OC_NPY_MAX_TEXT / each)
        return 0;
    r->info->type = text[1];
    r->info->bytes = length * each;
    r->big_endian = text[0] == '>';
    return 1;
}

static oc_status read_descr(reader *r)
{
    char text[TEXT_BYTES];
    const oc_status status =
        read_text(r, text, "a type such as '<f4' (structured arrays are not supported)");
    if (status)
        return status;
    if (find_number(r, text) || find_text(r, text))
        return OC_OK;
    for (char *c = text; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    return oc_fail(OC_ERR_DATA,
                   "%s: elements of type '%s', expected booleans, whole numbers, floats or, as "
                   "labels, strings (b1, i1 to i8, u1 to u8, f2 to f8, S and U)",
                   r->info->name, text);
}

static oc_status read_fortran(reader *r)
{
    skip_blanks(r);
    r->is_fortran = strncmp(r->at, "True", 4) == 0;
    if (!r->is_fortran && strncmp(r->at, "False", 5) != 0)
        return expected(r, "True or False");
    r->at += r->is_fortran ? 4 : 5;
    return OC_OK;
}

/* A whole number below 2^48, so that a few of them can be counted; Python 2 put an L behind it. */
static oc_status read_extent(reader *r, uint64_t *extent)
{
    *extent = 0;
    skip_blanks(r);
    if (*r->at < '0' || *r->at > '9')
        return expected(r, "a whole number");
    for (; *r->at >= '0' && *r->at <= '9'; r->at++) {
        *extent = *extent * 10 + (uint64_t)(*r->at - '0');
        if (*extent >> 48)
            return expected(r, "a whole number below 2^48");
    }
    if (*r->at == 'L')
        r->at++;
    return OC_OK;
}

/* (), (3,), (3, 4) */
static oc_status read_shape(reader *r)
{
    if (!take(r, '('))
        return expected(r, "a shape in parentheses");
    while (!take(r, ')')) {
        if (r->info->rank == OC_NPY_MAX_DIMS)
            return expected(r, "at most 8 dimensions");
        const oc_status status = read_extent(r, &r->info->extent[r->info->rank++]);
        if (status)
            return status;
        if (!take(r, ',')) {
            if (!take(r, ')'))
                return expected(r, ", or )");
            break;
        }
    }
    return OC_OK;
}

static oc_status read_entry(reader *r)
{
    static oc_status (*const read[KEYS])(reader *) = {read_descr, read_fortran, read_shape};
    char key[TEXT_BYTES];
    const char *const begin = r->at;
    const oc_status status = read_text(r, key, "a key");
    if (status)
        return status;
    for (int k = 0; k < KEYS; k++)
        if (strcmp(key, keys[k]) == 0 && !r->seen[k]) {
            r->seen[k] = 1;
            return take(r, ':') ? read[k](r) : expected(r, ":");
        }
    r->at = begin;
    return expected(r, "each of descr, fortran_order and shape once, and no other key");
}

/* What the shape adds up to. */
static oc_status count(reader *r)
{
    oc_npy_info *info = r->info;
    int is_overflow = 0;
    info->elements = 1;
    for (int i = 0; i < info->rank; i++)
        is_overflow |= __builtin_mul_overflow(info->elements, info->extent[i], &info->elements);
    if (is_overflow || info->elements > (uint64_t)INT64_MAX / (uint64_t)info->bytes)
        return oc_fail(OC_ERR_DATA, "%s: header: a shape of too many elements", info->name);
    if (r->is_fortran && info->rank > 1)
        return oc_fail(OC_ERR_DATA,
                       "%s: in Fortran order, expected C order: save "
                       "numpy.ascontiguousarray(array) instead",
                       info->name);
    return OC_OK;
}

static oc_number_kind kind_of(char type)
{
    static const char types[] = "?biuf";
    const char *const found = strchr(types + 1, type);
    return found ? (oc_number_kind)(found - types) : OC_NUMBER_NONE;
}

oc_status oc_npy_header_parse(const char *text, size_t length, oc_npy_info *info, int *big_endian)
{
    reader r = {.at = text, .begin = text, .info = info};
    oc_status status = take(&r, '{') ? OC_OK : expected(&r, "{");
    while (!status && !take(&r, '}')) {
        status = read_entry(&r);
        if (!status && !take(&r, ',')) {
            if (!take(&r, '}'))
                status = expected(&r, ", or }");
            break;
        }
    }
    skip_blanks(&r);
    if (!status && r.at != text + length)
        status = expected(&r, "the end");
    for (int k = 0; !status && k < KEYS; k++)
        if (!r.seen[k])
            status = oc_fail(OC_ERR_DATA, "%s: header: no key '%s'", info->name, keys[k]);
    *big_endian = r.big_endian;
    if (!status)
        info->number =
            (oc_number_type){kind_of(info->type), info->bytes, info->bytes > 1 && r.big_endian};
    return status ? status : count(&r);
}
