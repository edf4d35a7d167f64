/* import_images.c - the options of `onecycle import images` and `onecycle import cifar`. */
#include "cli/import/import_arguments.h"

#include <stdio.h>
#include <string.h>

enum {
    OPTION_SIZE = 256,
    OPTION_FIT,
    OPTION_CHANNELS,
    OPTION_FRACTION,
    OPTION_SEED,
    OPTION_STRICT,
    OPTION_BITS,
    OPTION_FOLLOW,
    OPTION_COARSE
};

static const struct argp_option images_options[] = {
    {"size", OPTION_SIZE, "HxW", 0,
     "Height and width to bring images to (default: as they are, all must agree)", 0},
    {"fit", OPTION_FIT, "HOW", 0,
     "How another shape is made to fit: crop (default; the middle), pad (black around) or stretch",
     0},
    {"channels", OPTION_CHANNELS, "N", 0, "3: red, green, blue (default); 1: grey", 0},
    {"test-fraction", OPTION_FRACTION, "X", 0,
     "Part of each class that becomes the test split, where there is no folder for it", 0},
    {"seed", OPTION_SEED, "N", 0, "Chooses that part (default 1)", 0},
    {"bits", OPTION_BITS, "N", 0,
     "8 or 16 bits a channel (default: 16 if any image has them, else 8)", 0},
    {"follow-links", OPTION_FOLLOW, "anywhere", OPTION_ARG_OPTIONAL,
     "Follow links to what is inside SOURCE, with =anywhere also those that lead out", 0},
    {"strict", OPTION_STRICT, NULL, 0, "An image that cannot be used is an error, not skipped", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char images_doc[] =
    "Import images, one folder a class: JPEG, PNG, WebP, GIF, TIFF, BMP and PNM, whatever they are "
    "called. SOURCE is a folder, a .tar, a .tar.gz or a .zip with train/CLASS/... beside "
    "val/CLASS/... and test/CLASS/... (or training, valid, validation, testing), or with CLASS/... "
    "and --test-fraction. Classes are sorted by name.\v"
    "Images are turned upright as EXIF says; of animations and several pages the first is taken. "
    "What cannot be read, links, and names that lead out of SOURCE are listed and skipped, and the "
    "card counts all that was left out.\n"
    "\nExamples:\n"
    "  onecycle import images cifar10.tar.gz cifar10.h5\n"
    "  onecycle import images --size 64x64 --test-fraction 0.1 flowers flowers.h5";

static const struct argp_option cifar_options[] = {
    {"coarse", OPTION_COARSE, NULL, 0, "CIFAR-100: the 20 superclasses, not the 100 classes", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char cifar_doc[] =
    "Import CIFAR-10 or CIFAR-100 in the binary version. SOURCE is the folder with the .bin files, "
    "or the .tar.gz as it comes.\v"
    "Example:\n  onecycle import cifar cifar-10-binary.tar.gz cifar10.h5";

static void read_size(struct argp_state *state, const char *text, oc_import_images *images)
{
    int length = 0;
    if (text[0] < '0' || text[0] > '9' ||
        sscanf(text, "%5dx%5d%n", &images->height, &images->width, &length) != 2 ||
        text[length] != '\0' || images->height < 1 || images->width < 1 || images->height > 65536 ||
        images->width > 65536)
        argp_error(state, "--size %s: expected height x width, such as 32x32", text);
}

static void read_fit(struct argp_state *state, const char *text, oc_import_images *images)
{
    const int fit = oc_fit_find(text);
    if (fit >= 0)
        images->fit = (oc_fit)fit;
    else
        argp_error(state, "--fit %s: expected crop, pad or stretch", text);
}

static error_t parse_images(int key, char *argument, struct argp_state *state)
{
    oc_import_arguments *const a = state->input;
    switch (key) {
    case OPTION_SIZE:
        read_size(state, argument, &a->images);
        return 0;
    case OPTION_FIT:
        read_fit(state, argument, &a->images);
        return 0;
    case OPTION_CHANNELS:
        a->images.channels = (int)oc_argument_whole(state, "channels", argument, 1, 3);
        if (a->images.channels == 2)
            argp_error(state, "--channels 2: expected 1 or 3");
        return 0;
    case OPTION_FRACTION:
        a->images.test_fraction = oc_argument_fraction(state, "test-fraction", argument);
        return 0;
    case OPTION_SEED:
        a->images.seed = oc_argument_whole(state, "seed", argument, 0, UINT64_MAX);
        return 0;
    case OPTION_BITS:
        a->images.bits = (int)oc_argument_whole(state, "bits", argument, 8, 16);
        if (a->images.bits != 8 && a->images.bits != 16)
            argp_error(state, "--bits %s: expected 8 or 16", argument);
        return 0;
    case OPTION_FOLLOW:
        if (argument && strcmp(argument, "anywhere") != 0)
            argp_error(state, "--follow-links=%s: expected nothing or anywhere", argument);
        a->images.follow = argument ? OC_FOLLOW_ANYWHERE : OC_FOLLOW_INSIDE;
        return 0;
    case OPTION_STRICT:
        a->images.strict = 1;
        return 0;
    default:
        return oc_import_parse_common(key, argument, state);
    }
}

static error_t parse_cifar(int key, char *argument, struct argp_state *state)
{
    oc_import_arguments *const a = state->input;
    if (key != OPTION_COARSE)
        return oc_import_parse_common(key, argument, state);
    a->cifar.coarse = 1;
    return 0;
}

static oc_status check_count(const oc_import_arguments *a, const char *name)
{
    return a->arguments == 2
               ? OC_OK
               : oc_fail(OC_ERR_USAGE, "import %s: expected SOURCE and OUT.h5 (see --help)", name);
}

static oc_status run_images(oc_import_arguments *a, const char *out)
{
    const oc_status status = check_count(a, "images");
    a->images.source = a->argument[0];
    a->images.watch = a->watch;
    return status == OC_OK ? oc_import_images_run(&a->images, out) : status;
}

static oc_status run_cifar(oc_import_arguments *a, const char *out)
{
    const oc_status status = check_count(a, "cifar");
    a->cifar.source = a->argument[0];
    a->cifar.watch = a->watch;
    return status == OC_OK ? oc_import_cifar_run(&a->cifar, out) : status;
}

const oc_importer oc_importer_images = {
    "images",
    {images_options, parse_images, "SOURCE OUT.h5", images_doc, NULL, NULL, NULL},
    run_images};

const oc_importer oc_importer_cifar = {
    "cifar", {cifar_options, parse_cifar, "SOURCE OUT.h5", cifar_doc, NULL, NULL, NULL}, run_cifar};
