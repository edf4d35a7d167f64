/* pictures_test.c - pictures of all kinds that are read, made by other programs' encoders
 * (tests/golden/pictures) and by hand; orientation; inks; kinds that are only known by name. */
#include "pictures_check.h"

#include "data/images/picture.h"

#include <jpeglib.h>

enum { WIDE = 5, HIGH = 3 };

typedef enum shown { RGB, GREY, DEEP, BITS } shown;

static int expected(shown what, uint32_t x, uint32_t y, int c)
{
    const int grey = (int)(16 * (WIDE * y + x) + 3);
    const int colour[3] = {(int)(40 * x + 20 * y), 255 - 50 * (int)x, (int)(10 + 90 * y)};
    switch (what) {
    case RGB:
        return colour[c];
    case GREY:
        return grey;
    case DEEP:
        return 257 * grey + 1;
    default:
        return grey > 100 ? 255 : 0;
    }
}

static const struct {
    const char *name;
    oc_image_kind kind;
    shown what;
    int several, orientation;
} made[] = {
    {"rgb.bmp", OC_IMAGE_BMP, RGB, 0, 1},        {"palette.bmp", OC_IMAGE_BMP, RGB, 0, 1},
    {"grey.bmp", OC_IMAGE_BMP, GREY, 0, 1},      {"rgba.bmp", OC_IMAGE_BMP, RGB, 0, 1},
    {"one.gif", OC_IMAGE_GIF, RGB, 0, 1},        {"plain.gif", OC_IMAGE_GIF, RGB, 0, 1},
    {"animated.gif", OC_IMAGE_GIF, RGB, 1, 1},   {"lossless.webp", OC_IMAGE_WEBP, RGB, 0, 1},
    {"turned.webp", OC_IMAGE_WEBP, RGB, 0, 6},   {"animated.webp", OC_IMAGE_WEBP, RGB, 1, 1},
    {"raw.tiff", OC_IMAGE_TIFF, RGB, 0, 1},      {"lzw.tiff", OC_IMAGE_TIFF, RGB, 0, 1},
    {"packbits.tiff", OC_IMAGE_TIFF, RGB, 0, 1}, {"adobe_deflate.tiff", OC_IMAGE_TIFF, RGB, 0, 1},
    {"palette.tiff", OC_IMAGE_TIFF, RGB, 0, 1},  {"grey.tiff", OC_IMAGE_TIFF, GREY, 0, 1},
    {"deep.tiff", OC_IMAGE_TIFF, DEEP, 0, 1},    {"pages.tiff", OC_IMAGE_TIFF, RGB, 1, 1},
    {"turned.tiff", OC_IMAGE_TIFF, RGB, 0, 6},   {"raw.ppm", OC_IMAGE_PNM, RGB, 0, 1},
    {"raw.pgm", OC_IMAGE_PNM, GREY, 0, 1},       {"deep.pgm", OC_IMAGE_PNM, DEEP, 0, 1},
    {"bits.pbm", OC_IMAGE_PNM, BITS, 0, 1},      {"turned.png", OC_IMAGE_PNG, RGB, 0, 6},
    {"animated.png", OC_IMAGE_PNG, RGB, 1, 1},   {"grey-alpha.png", OC_IMAGE_PNG, GREY, 0, 1},
    {"deep.png", OC_IMAGE_PNG, DEEP, 0, 1},
};
enum { MADE = sizeof made / sizeof made[0] };

static const char *made_path(size_t i)
{
    static char path[OC_PATH_BYTES];
    const char *const source = getenv("ONECYCLE_SOURCE");
    snprintf(path, sizeof path, "%s/tests/golden/pictures/%s", source ? source : ".", made[i].name);
    return path;
}

static int count_wrong(const oc_pixels *pixels, shown what)
{
    int wrong = 0;
    for (uint32_t y = 0; y < HIGH; y++)
        for (uint32_t x = 0; x < WIDE; x++)
            for (int c = 0; c < 3; c++)
                wrong += pixel_at(pixels, x, y, c) != expected(what, x, y, c);
    return wrong;
}

static void other_encoders(void)
{
    for (size_t i = 0; i < MADE; i++) {
        oc_pixels pixels;
        CU_ASSERT_EQUAL_FATAL(decode_file(made_path(i), &pixels), OC_OK);
        CU_ASSERT_FATAL(pixels.width == WIDE && pixels.height == HIGH);
        CU_ASSERT_EQUAL(pixels.bits, made[i].what == DEEP ? 16 : 8);
        CU_ASSERT(is_opaque(&pixels));
        const int wrong = count_wrong(&pixels, made[i].what);
        if (wrong || pixels.several != made[i].several || pixels.orientation != made[i].orientation)
            printf("%s: %d wrong, several %d, orientation %d\n", made[i].name, wrong,
                   pixels.several, pixels.orientation);
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(pixels.several, made[i].several);
        CU_ASSERT_EQUAL(pixels.orientation, made[i].orientation);
        oc_pixels_free(&pixels);
    }
}

/* Cut anywhere, or with a flipped bit: refused or another picture, no harm; never the start of a
 * file alone, unless only what follows the first picture is gone. */
static void damaged_files(void)
{
    for (size_t i = 0; i < MADE; i++) {
        char *bytes;
        size_t count;
        int taken = 0;
        CU_ASSERT_EQUAL_FATAL(oc_file_read(made_path(i), OC_IMAGE_MAX_FILE, &bytes, &count), OC_OK);
        for (size_t n = 0; n < count; n++) {
            oc_pixels pixels;
            char *const part = malloc(n + 1); /* so that reading beyond it is seen */
            memcpy(part, bytes, n);
            part[n] = 0;
            char *const exact = realloc(part, n ? n : 1);
            taken += oc_image_decode("cut", exact, n, &pixels) == OC_OK;
            oc_pixels_free(&pixels);
            free(exact);
        }
        /* A TIFF's first page may be whole where the second one is cut. */
        const int is_fine = taken == 0 || (made[i].several && made[i].kind == OC_IMAGE_TIFF);
        if (!is_fine)
            printf("%s: %d of %zu\n", made[i].name, taken, count);
        CU_ASSERT(is_fine);
        for (size_t at = 0; at < count; at++)
            for (int bit = 0; bit < 8; bit++) {
                oc_pixels pixels;
                bytes[at] ^= (char)(1 << bit);
                const oc_status status = oc_image_decode("flipped", bytes, count, &pixels);
                CU_ASSERT(status == OC_OK || status == OC_ERR_DATA);
                oc_pixels_free(&pixels);
                bytes[at] ^= (char)(1 << bit);
            }
        free(bytes);
    }
}

/* ---- JPEG: orientation, inks ---- */

/* An EXIF segment with nothing but the orientation, in either order of bytes. */
static size_t make_exif(int orientation, int big, unsigned char *to)
{
    static const unsigned char little_head[] =
        "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0";
    static const unsigned char big_head[] = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01";
    const size_t head = sizeof little_head - 1;
    memcpy(to, big ? big_head : little_head, head);
    memset(to + head, 0, 8);
    to[head + (big ? 1 : 0)] = (unsigned char)orientation;
    return head + 8;
}

static void make_jpeg(const char *path, J_COLOR_SPACE space, unsigned width, unsigned height,
                      const uint8_t *pixels, const unsigned char *exif, size_t exif_bytes)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *file = NULL;
    unsigned long size = 0;
    const int channels = space == JCS_CMYK || space == JCS_YCCK ? 4 : 3;
    memset(&jpeg, 0, sizeof jpeg);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &file, &size);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = channels;
    jpeg.in_color_space = channels == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    if (channels == 4)
        jpeg_set_colorspace(&jpeg, space);
    jpeg.write_Adobe_marker = space == JCS_YCCK;
    jpeg_set_quality(&jpeg, 100, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    if (exif_bytes > 0)
        jpeg_write_marker(&jpeg, JPEG_APP0 + 1, exif, (unsigned)exif_bytes);
    while (jpeg.next_scanline < height) {
        uint8_t row[4 * 64];
        JSAMPROW rows = row;
        const size_t bytes = (size_t)width * (size_t)channels;
        memcpy(row, pixels + jpeg.next_scanline * bytes, bytes);
        jpeg_write_scanlines(&jpeg, &rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, file, size), OC_OK);
    free(file);
}

/* A picture 32 wide and 16 high whose four 16x8 quarters are dark, and brighter clockwise: as it is
 * stored for each orientation it must come out the same. */
static void eight_orientations(void)
{
    static const int level[4] = {20, 80, 140, 200}; /* top left, top right, bottom right, left */
    /* Which quarter the stored picture has top left, top right, bottom right, bottom left. */
    static const int stored[8][4] = {{0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0},
                                     {0, 3, 2, 1}, {1, 2, 3, 0}, {2, 1, 0, 3}, {3, 0, 1, 2}};
    for (int o = 1; o <= 8; o++) {
        unsigned char exif[64];
        uint8_t pixels[32 * 16 * 3];
        const unsigned width = o <= 4 ? 32 : 16, height = 48 - width;
        const size_t exif_bytes = make_exif(o, o % 2, exif);
        const char *const path = oc_scratch_path("orientation.jpg");
        for (unsigned y = 0; y < height; y++)
            for (unsigned x = 0; x < width; x++) {
                const int right = x >= width / 2, low = y >= height / 2;
                const int quarter = stored[o - 1][low ? (right ? 2 : 3) : right];
                memset(pixels + 3 * (y * width + x), level[quarter], 3);
            }
        make_jpeg(path, JCS_RGB, width, height, pixels, exif, exif_bytes);
        oc_pixels found;
        CU_ASSERT_EQUAL_FATAL(decode_file(path, &found), OC_OK);
        CU_ASSERT_EQUAL(found.orientation, o);
        CU_ASSERT_EQUAL_FATAL(oc_pixels_turn(path, &found), OC_OK);
        CU_ASSERT_FATAL(found.width == 32 && found.height == 16);
        const uint32_t at[4][2] = {{4, 4}, {28, 4}, {28, 12}, {4, 12}};
        for (int k = 0; k < 4; k++)
            CU_ASSERT(abs(pixel_at(&found, at[k][0], at[k][1], 0) - level[k]) <= 3);
        oc_pixels_free(&found);
        /* predict and import: the same */
        float out[3 * 16 * 32];
        const oc_picture_how how = {3, 16, 32, 8, OC_FIT_STRETCH, 1};
        CU_ASSERT_EQUAL_FATAL(oc_picture_read(path, &how, out), OC_OK);
        CU_ASSERT(out[4 * 32 + 4] < 24 && out[12 * 32 + 28] > 130 && out[12 * 32 + 4] > 190);
    }
}

/* What is no orientation is none: cut, out of range, of another type, behind its end. */
static void odd_exif(void)
{
    unsigned char exif[64];
    const size_t count = make_exif(6, 0, exif);
    CU_ASSERT_EQUAL(oc_image_exif_orientation(exif, count), 6);
    CU_ASSERT_EQUAL(oc_image_exif_orientation(exif + 6, count - 6), 6);
    for (size_t n = 0; n < 24; n++)
        CU_ASSERT_EQUAL(oc_image_exif_orientation(exif, n), 1);
    exif[24] = 9;
    CU_ASSERT_EQUAL(oc_image_exif_orientation(exif, count), 1);
    exif[24] = 0;
    CU_ASSERT_EQUAL(oc_image_exif_orientation(exif, count), 1);
    make_exif(6, 0, exif);
    exif[10] = 0xff; /* the directory lies elsewhere */
    CU_ASSERT_EQUAL(oc_image_exif_orientation(exif, count), 1);
}

/* Black ink only: grey by itself, whichever way the file has it. */
static void inks(void)
{
    for (int k = 0; k < 2; k++) {
        uint8_t pixels[4 * 16 * 16];
        oc_pixels found;
        const char *const path = oc_scratch_path("inks.jpg");
        for (int i = 0; i < 16 * 16; i++) { /* Adobe's mark comes with YCCK: inverted */
            memset(pixels + 4 * i, k ? 255 : 0, 3);
            pixels[4 * i + 3] = k ? 155 : 100;
        }
        make_jpeg(path, k ? JCS_YCCK : JCS_CMYK, 16, 16, pixels, NULL, 0);
        CU_ASSERT_EQUAL_FATAL(decode_file(path, &found), OC_OK);
        CU_ASSERT(found.is_cmyk && is_opaque(&found));
        for (int c = 0; c < 3; c++)
            if (abs(pixel_at(&found, 5, 5, c) - 155) > 3)
                printf("inks %d: found %d\n", k, pixel_at(&found, 5, 5, c));
        CU_ASSERT(abs(pixel_at(&found, 5, 5, 0) - 155) <= 3);
        oc_pixels_free(&found);
    }
}

static void known_by_name_only(void)
{
    static const struct {
        const char *bytes;
        size_t count;
        const char *name;
    } files[] = {
        {"\0\0\0\x18"
         "ftypheic\0\0\0\0mif1heic",
         24, "HEIC"},
        {"\0\0\0\x18"
         "ftypavif\0\0\0\0",
         16, "AVIF"},
        {"\0\0\0\x0cJXL \r\n\x87\n", 12, "JPEG XL"},
        {"8BPS\0\1", 6, "Photoshop"},
        {"BM and more text than it needs", 30, "known format"},
        {"P8 is nothing", 13, "known format"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        oc_pixels pixels;
        CU_ASSERT_EQUAL(oc_image_decode("x", files[i].bytes, files[i].count, &pixels), OC_ERR_DATA);
        if (!strstr(oc_message(), files[i].name))
            printf("%s: %s\n", files[i].name, oc_message());
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), files[i].name));
    }
}

/* 16 bits to 8 and back: rounded to the nearest, times 257. */
static void bits_are_rounded(void)
{
    const char *const path = oc_scratch_path("bits.pgm");
    static const unsigned char file[] = "P5 4 1 65535\n\x01\x00\x01\x01\x01\x82\xff\xff";
    oc_picture_how how = {1, 1, 4, 8, OC_FIT_STRETCH, 1};
    float out[4];
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, file, sizeof file - 1), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_picture_read(path, &how, out), OC_OK);
    CU_ASSERT(out[0] == 1 && out[1] == 1 && out[2] == 2 && out[3] == 255); /* 386 / 257 = 1.502 */
    how.bits = 16;
    CU_ASSERT_EQUAL_FATAL(oc_picture_read(path, &how, out), OC_OK);
    CU_ASSERT(out[0] == 256 && out[1] == 257 && out[2] == 386 && out[3] == 65535);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, "P5 4 1 255\n\x00\x01\x80\xff", 15), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_picture_read(path, &how, out), OC_OK);
    CU_ASSERT(out[0] == 0 && out[1] == 257 && out[2] == 128 * 257 && out[3] == 65535);
}

int main(void)
{
    const oc_case cases[] = {
        {"other encoders", other_encoders},
        {"damaged files", damaged_files},
        {"eight orientations", eight_orientations},
        {"odd EXIF", odd_exif},
        {"inks", inks},
        {"known by name only", known_by_name_only},
        {"bits are rounded", bits_are_rounded},
    };
    return OC_RUN_CASES("pictures", cases);
}
