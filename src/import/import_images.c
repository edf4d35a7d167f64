/* import_images.c - the importer of images in folders, one folder a class (image_list.h), from a
 * folder or an archive (file_source.h). Each image is read once, prepared (picture.h) and kept in a
 * file without a name beside the output (image_keep.h), because order and labels are only known
 * when all names are; then all go to the writer in order. So memory holds names, not pixels. What
 * happened on the way is counted (images_notes.h) and becomes notes of the data set. */
#include "import/import_images.h"

#include "data/images/picture.h"
#include "import/image_samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct images_import {
    const oc_import_images *options;
    oc_file_source *source;
    oc_image_list list;
    int height, width; /* 0 before the first image, if not asked for */
    oc_image_keep keep;
    oc_images_notes notes;
} images_import;

/* An image that cannot be used: counted and told, or with --strict the end. */
static oc_status skip(images_import *import, const char *what, const char *detail, const char *name,
                      const char *why)
{
    if (import->options->strict)
        return oc_fail(OC_ERR_DATA, "%s: %s: %s", import->options->common.source, name, why);
    if (import->options->common.listener.skipped)
        import->options->common.listener.skipped(import->options->common.listener.user, name, why);
    return oc_tally_add(&import->notes.skipped, what, detail);
}

static void tell_progress(const images_import *import)
{
    uint64_t done, total;
    if (!import->options->common.listener.progress)
        return;
    oc_file_source_progress(import->source, &done, &total);
    import->options->common.listener.progress(import->options->common.listener.user,
                                              import->keep.count, done, total);
}

/* A prepared picture -> the kept file. */
static oc_status take_picture(images_import *import, const char *name, const oc_picture_made *made,
                              const uint16_t *values)
{
    const oc_import_images *o = import->options;
    oc_status status = OC_OK;
    if (import->keep.count == 0) {
        import->height = made->height;
        import->width = made->width;
        status = oc_image_keep_set_size(&import->keep, (size_t)o->channels * (size_t)made->height *
                                                           (size_t)made->width);
    }
    if (!status && (made->height != import->height || made->width != import->width))
        status = oc_fail(
            OC_ERR_DATA,
            "%s: %s: an image of %dx%d (height x width), those before it are %dx%d; choose "
            "one with --size",
            o->common.source, name, made->height, made->width, import->height, import->width);
    if (!status)
        status = oc_image_list_add(&import->list, name, import->keep.count);
    if (!status)
        status = oc_image_keep_add(&import->keep, values, made->bits);
    return status ? status : oc_images_notes_add(&import->notes, made);
}

/* The message of a failure without the file's name, which it begins with. */
static void take_reason(const char *name, char *reason, size_t room)
{
    const size_t prefix = strlen(name) + 2;
    snprintf(reason, room, "%s", strlen(oc_message()) > prefix ? oc_message() + prefix : "damaged");
}

/* The first bytes say what it is; a file that is no picture is only counted, unless it is called
 * one. */
static oc_status recognise(const images_import *import, oc_image_kind *kind)
{
    const void *bytes;
    size_t count;
    const oc_status status = oc_file_source_peek(import->source, OC_IMAGE_MAGIC, &bytes, &count);
    *kind = OC_IMAGE_UNKNOWN;
    if (status)
        return status;
    *kind = oc_image_recognise(bytes, count);
    return OC_OK;
}

static oc_status take_unknown(images_import *import, const char *name)
{
    char ending[OC_TALLY_TEXT];
    oc_images_ending(name, ending);
    if (oc_images_is_called_picture(name))
        return skip(import, "of unknown content", ending, name, "not an image of a known format");
    return oc_tally_add(&import->notes.skipped, "of unknown content", ending);
}

/* A file that may be a picture, whatever it is called. */
static oc_status take_file(images_import *import, const char *name)
{
    const oc_import_images *o = import->options;
    const oc_picture_how how = {.channels = o->channels,
                                .height = o->height,
                                .width = o->width,
                                .bits = o->bits,
                                .fit = o->fit,
                                .upright = 1};
    const void *bytes;
    size_t count;
    oc_image_kind kind;
    oc_picture_made made;
    uint16_t *values = NULL;
    oc_status status = recognise(import, &kind);
    if (!status && kind == OC_IMAGE_UNKNOWN)
        return take_unknown(import, name);
    if (!status)
        status = oc_file_source_read(import->source, OC_IMAGE_MAX_FILE, &bytes, &count);
    if (status && oc_file_source_is_broken(import->source))
        return status;
    if (!status)
        status = oc_picture_prepare(name, bytes, count, &how, &made, &values);
    if (status == OC_ERR_DATA) {
        char reason[1024];
        take_reason(name, reason, sizeof reason);
        return skip(import,
                    kind == OC_IMAGE_UNKNOWN      ? "unreadable"
                    : oc_image_kind_is_read(kind) ? "damaged or too large"
                                                  : "of unsupported formats",
                    kind == OC_IMAGE_UNKNOWN ? "" : oc_image_kind_name(kind), name, reason);
    }
    if (!status)
        status = take_picture(import, name, &made, values);
    free(values);
    return status;
}

static oc_status take_all(images_import *import)
{
    oc_source_entry entry;
    oc_status status = oc_file_source_next(import->source, &entry);
    while (!status && entry.name) {
        if (entry.refused)
            status = skip(import, "refused", entry.refused, entry.name, entry.refused);
        else if (entry.name[0] == '.' || strstr(entry.name, "/."))
            status = oc_tally_add(&import->notes.skipped, "hidden", "");
        else
            status = take_file(import, entry.name);
        tell_progress(import);
        if (!status)
            status = oc_file_source_next(import->source, &entry);
    }
    import->notes.followed = oc_file_source_followed(import->source);
    return status;
}

/* Names -> order and labels; then the file. */
static oc_status arrange_and_write(images_import *import, const char *out)
{
    oc_image_list *const list = &import->list;
    oc_status status =
        oc_image_list_arrange(list, import->options->common.source,
                              import->options->common.test_fraction, import->options->common.seed);
    for (size_t i = 0; i < list->count && !status; i++)
        if (list->item[i].left_out)
            status = skip(import, "left out", list->item[i].left_out, list->item[i].name,
                          list->item[i].left_out);
    const oc_image_samples samples = {.options = import->options,
                                      .list = list,
                                      .keep = &import->keep,
                                      .notes = &import->notes,
                                      .height = import->height,
                                      .width = import->width};
    return status ? status : oc_image_samples_write(&samples, out);
}

oc_status oc_import_images_run(const oc_import_images *options, const char *out)
{
    images_import import = {.options = options, .keep = {.file = -1}};
    oc_status status = oc_file_source_open(&import.source, options->common.source, options->follow);
    if (!status)
        status = oc_image_keep_open(&import.keep, out);
    if (!status)
        status = take_all(&import);
    if (!status)
        status = arrange_and_write(&import, out);
    oc_image_keep_close(&import.keep);
    oc_file_source_close(import.source);
    oc_image_list_free(&import.list);
    oc_images_notes_free(&import.notes);
    return status;
}

/* ---- the command line ---- */

enum {
    OPTION_SIZE = OC_OPTION_OWN,
    OPTION_FIT,
    OPTION_CHANNELS,
    OPTION_STRICT,
    OPTION_BITS,
    OPTION_FOLLOW
};

static const struct argp_option options[] = {
    {"size", OPTION_SIZE, "HxW", 0,
     "Resize images to this height and width (default: keep their size, which must be the same)",
     0},
    {"fit", OPTION_FIT, "HOW", 0,
     "How to fit images of another shape: crop to the middle (default), pad with black, or stretch",
     0},
    {"channels", OPTION_CHANNELS, "N", 0, "3: red, green, blue (default); 1: grey", 0},
    OC_IMPORT_TEST_FRACTION,
    OC_IMPORT_SEED,
    {"bits", OPTION_BITS, "N", 0,
     "Bits per channel, 8 or 16 (default: 16 if any image has them, else 8)", 0},
    {"follow-links", OPTION_FOLLOW, "anywhere", OPTION_ARG_OPTIONAL,
     "Follow symbolic links that stay inside SOURCE; with =anywhere, all of them", 0},
    {"strict", OPTION_STRICT, NULL, 0,
     "Stop at an image that cannot be used instead of skipping it", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char doc[] =
    "Import images from one folder per class: JPEG, PNG, WebP, GIF, TIFF, BMP and PNM, recognised "
    "by content. SOURCE is a folder, a .tar, a .tar.gz or a .zip. It contains train/CLASS/... with "
    "val/CLASS/... or test/CLASS/... (also called training, valid, validation, testing), or only "
    "CLASS/..., with --test-fraction. Classes are sorted by name.\v"
    "Images are turned upright according to EXIF; the first frame or page is used. Unreadable "
    "files, links and names that lead out of SOURCE are listed and skipped, and the card counts "
    "everything that was left out.\n"
    "\nExamples:\n"
    "  onecycle import images cifar10.tar.gz cifar10.h5\n"
    "  onecycle import images --size 64x64 --test-fraction 0.1 photos out.h5";

static void read_size(struct argp_state *state, const char *text, oc_import_images *o)
{
    int length = 0;
    if (text[0] < '0' || text[0] > '9' ||
        sscanf(text, "%5dx%5d%n", &o->height, &o->width, &length) != 2 || text[length] != '\0' ||
        o->height < 1 || o->width < 1 || o->height > 65536 || o->width > 65536)
        argp_error(state, "--size %s: expected height x width, such as 32x32", text);
}

static void read_fit(struct argp_state *state, const char *text, oc_import_images *o)
{
    const int fit = oc_fit_find(text);
    if (fit >= 0)
        o->fit = (oc_fit)fit;
    else
        argp_error(state, "--fit %s: expected crop, pad or stretch", text);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    oc_import_images *const o = state->input;
    switch (key) {
    case OPTION_SIZE:
        read_size(state, argument, o);
        return 0;
    case OPTION_FIT:
        read_fit(state, argument, o);
        return 0;
    case OPTION_CHANNELS:
        o->channels = (int)oc_argument_whole(state, "channels", argument, 1, 3);
        if (o->channels == 2)
            argp_error(state, "--channels 2: expected 1 or 3");
        return 0;
    case OPTION_BITS:
        o->bits = (int)oc_argument_whole(state, "bits", argument, 8, 16);
        if (o->bits != 8 && o->bits != 16)
            argp_error(state, "--bits %s: expected 8 or 16", argument);
        return 0;
    case OPTION_FOLLOW:
        if (argument && strcmp(argument, "anywhere") != 0)
            argp_error(state, "--follow-links=%s: expected nothing or anywhere", argument);
        o->follow = argument ? OC_FOLLOW_ANYWHERE : OC_FOLLOW_INSIDE;
        return 0;
    case OPTION_STRICT:
        o->strict = 1;
        return 0;
    default:
        return oc_import_parse_common(key, argument, state);
    }
}

static oc_status run(const void *parsed, const char *out)
{
    return oc_import_images_run(parsed, out);
}

static const oc_import_images defaults = {.channels = 3};

const oc_importer oc_importer_images = {
    .argp = {options, parse, "SOURCE OUT.h5", doc, NULL, NULL, NULL},
    .bytes = sizeof(oc_import_images),
    .defaults = &defaults,
    .run = run};
