/* images_notes.c - see images_notes.h. */
#include "import/images_notes.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

oc_status oc_images_notes_add(oc_images_notes *notes, const oc_picture_made *made)
{
    oc_status status = oc_tally_add(&notes->kinds, "images", oc_image_kind_name(made->kind));
    if (!status && made->several)
        status = oc_tally_add(&notes->several, "images", oc_image_kind_name(made->kind));
    notes->taken++;
    notes->turned += made->turned != 0;
    notes->inks += made->is_cmyk != 0;
    notes->alpha += made->is_alpha_used != 0;
    notes->resized += made->resized != 0;
    notes->deep += made->narrowed || (made->bits == 16 && !made->widened);
    notes->narrowed += made->narrowed != 0;
    notes->is_deep |= made->bits == 16;
    return status;
}

__attribute__((format(printf, 3, 4))) static oc_status say(oc_schema *schema, uint64_t times,
                                                           const char *format, ...)
{
    char text[OC_MAX_NOTE + 1];
    va_list values;
    if (times == 0)
        return OC_OK;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return oc_schema_add_note(schema, text);
}

static oc_status say_what_was_done(const oc_images_notes *n, oc_schema *schema)
{
    char text[OC_MAX_NOTE + 1];
    oc_tally_text(&n->kinds, text, sizeof text);
    oc_status status = say(schema, n->taken, "read: %s", text);
    if (!status)
        status =
            say(schema, n->turned, "turned upright by their EXIF orientation: %" PRIu64, n->turned);
    oc_tally_text(&n->several, text, sizeof text);
    if (!status)
        status = say(schema, n->several.count, "first frame or page of several: %s", text);
    if (!status)
        status = say(schema, n->inks, "CMYK converted to RGB without a colour profile: %" PRIu64,
                     n->inks);
    if (!status)
        status = say(schema, n->alpha, "transparency blended with black: %" PRIu64, n->alpha);
    if (!status)
        status = say(schema, n->is_deep ? n->taken - n->deep : 0,
                     "8 bits widened to 16 (times 257): %" PRIu64 " of %" PRIu64,
                     n->taken - n->deep, n->taken);
    if (!status)
        status = say(schema, n->narrowed,
                     "16 bits rounded to 8, which loses detail: %" PRIu64 " of %" PRIu64,
                     n->narrowed, n->taken);
    return status;
}

oc_status oc_images_notes_write(const oc_images_notes *n, const oc_import_images *options,
                                const oc_image_list *list, oc_schema *schema)
{
    char text[OC_MAX_NOTE + 1];
    oc_status status = say_what_was_done(n, schema);
    if (!status)
        status =
            say(schema, n->resized, "fitted to %dx%d (height x width, %s): %" PRIu64 " of %" PRIu64,
                schema->height, schema->width, oc_fit_name(options->fit), n->resized, n->taken);
    if (!status)
        status = say(schema, n->followed, "links followed: %" PRIu64, n->followed);
    oc_tally_text(&n->skipped, text, sizeof text);
    if (!status)
        status = say(schema, n->skipped.count, "skipped: %s", text);
    if (!status)
        status = say(schema, options->common.test_fraction > 0,
                     "test split: %g of each class of the training images, seed %" PRIu64,
                     options->common.test_fraction, options->common.seed);
    if (!status)
        status = say(schema, list->samples[OC_SPLIT_TEST] == 0,
                     "no folder for a test split: the validation split is all there is to test on");
    return status;
}

void oc_images_notes_free(oc_images_notes *notes)
{
    oc_tally_free(&notes->kinds);
    oc_tally_free(&notes->several);
    oc_tally_free(&notes->skipped);
}

void oc_images_ending(const char *name, char ending[OC_TALLY_TEXT])
{
    const char *const last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    const char *const dot = strrchr(last, '.');
    snprintf(ending, OC_TALLY_TEXT, "%s", dot && dot > last && dot[1] ? dot : "no extension");
    for (char *c = dot ? ending : NULL; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
}

int oc_images_is_called_picture(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp",
                                          ".tif", ".tiff", ".ppm",  ".pgm", ".pbm",  ".pnm"};
    char ending[OC_TALLY_TEXT];
    oc_images_ending(name, ending);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(ending, endings[i]) == 0)
            return 1;
    return 0;
}
