/* made_h5.c - see made_h5.h. */
#include "fuzz/made_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ELEMENTS = 1 << 14, MOST_TEXTS = 8, TEXT_BYTES = 300 };

uint8_t fuzz_take(fuzz_bytes *from)
{
    return from->at < from->end ? *from->at++ : 0;
}

void fuzz_text(fuzz_bytes *from, char *text, size_t room)
{
    size_t length = fuzz_take(from);
    length = length < room - 1 ? length : room - 1;
    for (size_t i = 0; i < length; i++)
        text[i] = (char)fuzz_take(from);
    text[length] = '\0';
}

/* Whole numbers 0 to `most` over and over, as elements of a type. */
static void fill_small(unsigned char *to, oc_h5_type type, size_t elements, unsigned most)
{
    const size_t bytes = oc_h5_type_bytes(type);
    for (size_t i = 0; i < elements; i++, to += bytes) {
        const uint64_t whole = i % (most + 1);
        const float single = (float)whole;
        const double number = (double)whole;
        memcpy(to,
               type == OC_H5_FLOAT32   ? (const void *)&single
               : type == OC_H5_FLOAT64 ? (const void *)&number
                                       : (const void *)&whole,
               bytes);
    }
}

static void fill_any(unsigned char *to, size_t bytes, fuzz_bytes *from)
{
    unsigned char pattern[8];
    const size_t room = 1 + fuzz_take(from) % sizeof pattern, at = fuzz_take(from);
    for (size_t i = 0; i < room; i++)
        pattern[i] = fuzz_take(from);
    for (size_t i = 0; i < bytes; i++)
        to[i] = i / sizeof pattern < at ? 0 : pattern[i % room];
}

void fuzz_array(oc_h5 *file, const char *name, oc_h5_array usual, fuzz_bytes *from)
{
    enum { LEFT_OUT = 1, TYPE = 2, RANK = 4, EXTENT = 8, VALUES = 16, CHUNKS = 32 };
    const uint8_t how = fuzz_take(from);
    size_t elements = 1;
    uint64_t chunk = 0;
    if (how & LEFT_OUT)
        return;
    if (how & TYPE)
        usual.type = (oc_h5_type)(fuzz_take(from) % OC_H5_TYPE_COUNT);
    if (how & RANK)
        usual.rank = fuzz_take(from) % (OC_MAX_DIMS + 1);
    if (how & EXTENT)
        usual.extent[fuzz_take(from) % OC_MAX_DIMS] = fuzz_take(from);
    for (int i = 0; i < usual.rank && elements <= MOST_ELEMENTS; i++) {
        usual.extent[i] = usual.extent[i] ? usual.extent[i] : 1;
        elements *= (size_t)usual.extent[i];
    }
    if (elements > MOST_ELEMENTS)
        return;
    if (how & CHUNKS && usual.rank > 0)
        chunk = 1 + fuzz_take(from) % usual.extent[0];
    const size_t bytes = elements * oc_h5_type_bytes(usual.type);
    unsigned char *values = malloc(bytes);
    if (!values)
        return;
    fill_small(values, usual.type, elements, how & VALUES ? fuzz_take(from) : 2);
    if (how & VALUES)
        fill_any(values, bytes, from);
    if (oc_h5_array_create(file, name, &usual, chunk) == OC_OK)
        oc_h5_array_write(file, name, 0, usual.rank > 0 ? usual.extent[0] : 1, values);
    free(values);
}

void fuzz_number(oc_h5 *file, const char *name, uint64_t usual, fuzz_bytes *from)
{
    const uint8_t how = fuzz_take(from);
    char text[TEXT_BYTES];
    const float single = (float)how;
    uint64_t any = 0;
    if (how == 0) {
        oc_h5_attribute_write(file, "/", name, OC_H5_UINT64, &usual);
    } else if (how % 4 == 1) {
        fuzz_text(from, text, sizeof text);
        oc_h5_attribute_text_write(file, "/", name, text);
    } else if (how % 4 == 2) {
        oc_h5_attribute_write(file, "/", name, OC_H5_FLOAT32, &single);
    } else if (how % 4 == 3) {
        for (int i = 0; i < 8; i++)
            any = any << 8 | fuzz_take(from);
        oc_h5_attribute_write(file, "/", name, OC_H5_UINT64, &any);
    }
}

void fuzz_word(oc_h5 *file, const char *name, const char *usual, fuzz_bytes *from)
{
    const uint8_t how = fuzz_take(from);
    char text[TEXT_BYTES];
    if (how == 0)
        oc_h5_attribute_text_write(file, "/", name, usual);
    else
        fuzz_number(file, name, how, from);
    if (how % 4 == 1) { /* then it is a text, or was left out and becomes one */
        fuzz_text(from, text, sizeof text);
        if (!oc_h5_attribute_exists(file, "/", name))
            oc_h5_attribute_text_write(file, "/", name, text);
    }
}

void fuzz_texts(oc_h5 *file, const char *name, size_t usual, fuzz_bytes *from)
{
    char text[MOST_TEXTS][TEXT_BYTES];
    const char *texts[MOST_TEXTS];
    const uint8_t how = fuzz_take(from);
    const size_t count = how == 0 ? usual : how % (MOST_TEXTS + 1);
    for (size_t i = 0; i < count; i++) {
        texts[i] = text[i];
        snprintf(text[i], TEXT_BYTES, "%zu", i);
        if (how > 100)
            fuzz_text(from, text[i], TEXT_BYTES);
    }
    if (count > 0)
        oc_h5_texts_write(file, name, texts, count);
}
