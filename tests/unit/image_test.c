/* image_test.c - PNG and JPEG files as the network sees them: colours, grey, alpha, size, and
 * files that are damaged. The pictures are encoded here, by the same libraries. */
#include "harness.h"

#include "base/file.h"
#include "data/images/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <spng.h>

/* Encode rows of `pixels` as PNG. */
static void write_png(const char *path, uint8_t color_type, uint8_t depth, uint32_t width,
                      uint32_t height, const void *pixels, size_t bytes,
                      const struct spng_plte *palette)
{
    struct spng_ihdr header = {
        .width = width, .height = height, .bit_depth = depth, .color_type = color_type};
    struct spng_plte colours;
    int error = 0;
    size_t size = 0;
    spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
    CU_ASSERT_PTR_NOT_NULL_FATAL(context);
    spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1);
    CU_ASSERT_EQUAL_FATAL(spng_set_ihdr(context, &header), 0);
    if (palette) {
        colours = *palette;
        CU_ASSERT_EQUAL_FATAL(spng_set_plte(context, &colours), 0);
    }
    CU_ASSERT_EQUAL_FATAL(
        spng_encode_image(context, pixels, bytes, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE), 0);
    void *file = spng_get_png_buffer(context, &size, &error);
    CU_ASSERT_EQUAL_FATAL(error, 0);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, file, size), OC_OK);
    free(file);
    spng_ctx_free(context);
}

static void write_jpeg(const char *path, int channels, J_COLOR_SPACE space, int progressive,
                       unsigned width, unsigned height, const uint8_t *pixels)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *file = NULL;
    unsigned long size = 0;
    memset(&jpeg, 0, sizeof jpeg);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &file, &size);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = channels;
    jpeg.in_color_space = space;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    if (progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < height) {
        uint8_t row[4 * 64];
        JSAMPROW rows = row;
        CU_ASSERT_FATAL(width <= 64);
        memcpy(row, pixels + (size_t)jpeg.next_scanline * width * (size_t)channels,
               (size_t)width * (size_t)channels);
        jpeg_write_scanlines(&jpeg, &rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, file, size), OC_OK);
    free(file);
}

/* A picture stretched to a size, not rounded yet: 0..255. */
static oc_status look(const char *path, int channels, int height, int width, float *out)
{
    char *bytes;
    size_t count;
    oc_pixels pixels;
    oc_status status = oc_file_read(path, OC_IMAGE_MAX_FILE, &bytes, &count);
    if (status)
        return status;
    status = oc_image_decode(path, bytes, count, &pixels);
    free(bytes);
    if (!status)
        status = oc_resample(&pixels, channels, height, width, OC_FIT_STRETCH, out);
    for (int i = 0; i < channels * height * width && !status && pixels.bits == 16; i++)
        out[i] /= 257;
    oc_pixels_free(&pixels);
    return status;
}

static int near(float found, double expected, double by)
{
    if (fabs((double)found - expected) <= by)
        return 1;
    printf("found %g, expected %g\n", (double)found, expected);
    return 0;
}

/* Pixels of an image 3 wide and 2 high: red, green, blue; black, grey, white. */
static const uint8_t rgb[2 * 3 * 3] = {255, 0, 0, 0,  255, 0,  0,   0,   255,
                                       0,   0, 0, 90, 90,  90, 255, 255, 255};

static void png_colours(void)
{
    const char *path = oc_scratch_path("rgb.png");
    float out[18];
    write_png(path, SPNG_COLOR_TYPE_TRUECOLOR, 8, 3, 2, rgb, sizeof rgb, NULL);
    CU_ASSERT_EQUAL_FATAL(look(path, 3, 2, 3, out), OC_OK);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 6; i++)
            CU_ASSERT(near(out[c * 6 + i], rgb[i * 3 + c], 0));
}

static void png_to_grey(void)
{
    static const double luma[6] = {76.245, 149.685, 29.07, 0, 90, 255}; /* BT.601 */
    const char *path = oc_scratch_path("grey-of-rgb.png");
    float out[6];
    write_png(path, SPNG_COLOR_TYPE_TRUECOLOR, 8, 3, 2, rgb, sizeof rgb, NULL);
    CU_ASSERT_EQUAL_FATAL(look(path, 1, 2, 3, out), OC_OK);
    for (int i = 0; i < 6; i++)
        CU_ASSERT(near(out[i], luma[i], 1e-3));
}

/* The data set's own bytes, saved as grey PNG, must come back exactly. */
static void png_grey_is_exact(void)
{
    const char *path = oc_scratch_path("grey.png");
    uint8_t bytes[256];
    float out[3 * 256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    write_png(path, SPNG_COLOR_TYPE_GRAYSCALE, 8, 16, 16, bytes, sizeof bytes, NULL);
    CU_ASSERT_EQUAL_FATAL(look(path, 1, 16, 16, out), OC_OK);
    for (int i = 0; i < 256; i++)
        CU_ASSERT_EQUAL(out[i], (float)i);
    CU_ASSERT_EQUAL_FATAL(look(path, 3, 16, 16, out), OC_OK);
    for (int i = 0; i < 3 * 256; i++)
        CU_ASSERT_EQUAL(out[i], (float)(i % 256));
}

static void png_alpha_is_laid_on_black(void)
{
    const uint8_t pixels[8] = {200, 100, 50, 51, 200, 100, 50, 255};
    const char *path = oc_scratch_path("alpha.png");
    float out[6];
    write_png(path, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 8, 2, 1, pixels, sizeof pixels, NULL);
    CU_ASSERT_EQUAL_FATAL(look(path, 3, 1, 2, out), OC_OK);
    const double expected[6] = {40, 200, 20, 100, 10, 50};
    for (int i = 0; i < 6; i++)
        CU_ASSERT(near(out[i], expected[i], 1e-3));
}

static void grey_alpha_is_laid_on_black(void)
{
    const uint8_t bytes[4] = {200, 51, 7, 255};
    const uint16_t words[4] = {51400, 13107, 1001, 65535};
    const char *path = oc_scratch_path("grey-alpha.png");
    oc_picture_how how = {1, 1, 2, 8, OC_FIT_STRETCH, 1};
    float out[2];
    write_png(path, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 8, 2, 1, bytes, sizeof bytes, NULL);
    CU_ASSERT_EQUAL_FATAL(oc_picture_read(path, &how, out), OC_OK);
    CU_ASSERT(out[0] == 40 && out[1] == 7);
    how.bits = 16;
    write_png(path, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 16, 2, 1, words, sizeof words, NULL);
    CU_ASSERT_EQUAL_FATAL(oc_picture_read(path, &how, out), OC_OK);
    CU_ASSERT(out[0] == 10280 && out[1] == 1001);
}

static void png_of_other_kinds(void)
{
    const struct spng_plte palette = {2, {{10, 20, 30, 255}, {200, 210, 220, 255}}};
    const uint8_t bits[1] = {0x40}; /* 0, 1, 0, ... of one bit each */
    const uint16_t deep[2] = {0x8000, 0xffff};
    const char *path = oc_scratch_path("kinds.png");
    float out[6];
    write_png(path, SPNG_COLOR_TYPE_INDEXED, 1, 2, 1, bits, 1, &palette);
    CU_ASSERT_EQUAL_FATAL(look(path, 3, 1, 2, out), OC_OK);
    const double expected[6] = {10, 200, 20, 210, 30, 220};
    for (int i = 0; i < 6; i++)
        CU_ASSERT(near(out[i], expected[i], 0));
    write_png(path, SPNG_COLOR_TYPE_GRAYSCALE, 16, 2, 1, deep, sizeof deep, NULL);
    CU_ASSERT_EQUAL_FATAL(look(path, 1, 1, 2, out), OC_OK);
    CU_ASSERT(near(out[0], 32768 / 257.0, 1e-4) && near(out[1], 255, 0));
}

static void resizing_is_centre_aligned(void)
{
    const uint8_t pixels[4] = {0, 100, 200, 60}; /* 2x2 */
    const char *path = oc_scratch_path("small.png");
    float out[16];
    write_png(path, SPNG_COLOR_TYPE_GRAYSCALE, 8, 2, 2, pixels, 4, NULL);
    CU_ASSERT_EQUAL_FATAL(look(path, 1, 1, 1, out), OC_OK);
    CU_ASSERT(near(out[0], 90, 1e-4)); /* the middle of all four */
    CU_ASSERT_EQUAL_FATAL(look(path, 1, 2, 4, out), OC_OK);
    const double row[4] = {0, 25, 75, 100};
    for (int i = 0; i < 4; i++)
        CU_ASSERT(near(out[i], row[i], 1e-4));
    CU_ASSERT_EQUAL_FATAL(look(path, 1, 4, 2, out), OC_OK);
    const double column[4] = {0, 50, 150, 200};
    for (int i = 0; i < 4; i++)
        CU_ASSERT(near(out[2 * i], column[i], 1e-4));
}

/* A smooth picture, so that JPEG at full quality keeps to a few levels. */
static void smooth(uint8_t *pixels, int channels)
{
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 48; x++)
            for (int c = 0; c < channels; c++)
                pixels[(y * 48 + x) * channels + c] = (uint8_t)(40 + x * 2 + y + c * 30);
}

static void jpeg_colour_and_grey(void)
{
    static uint8_t pixels[32 * 48 * 3];
    static float out[3 * 32 * 48];
    const char *path = oc_scratch_path("picture.jpg");
    for (int kind = 0; kind < 4; kind++) {
        const int channels = kind % 2 ? 1 : 3, progressive = kind / 2;
        int wrong = 0;
        smooth(pixels, channels);
        write_jpeg(path, channels, channels == 1 ? JCS_GRAYSCALE : JCS_RGB, progressive, 48, 32,
                   pixels);
        CU_ASSERT_EQUAL_FATAL(look(path, 3, 32, 48, out), OC_OK);
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < 32 * 48; i++)
                wrong +=
                    !near(out[c * 32 * 48 + i], pixels[i * channels + (channels == 1 ? 0 : c)], 5);
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(look(path, 1, 7, 9, out), OC_OK);
    }
}

/* ---- damage ---- */

static oc_status read_any(const char *path)
{
    float out[3 * 8 * 8];
    const oc_status status = look(path, 3, 8, 8, out);
    if (status)
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), path));
    return status;
}

static void truncated_pictures_are_refused(void)
{
    static uint8_t pixels[32 * 48 * 3];
    const char *png = oc_scratch_path("whole.png"), *jpg = oc_scratch_path("whole.jpg");
    const char *cut = oc_scratch_path("cut");
    smooth(pixels, 3);
    write_png(png, SPNG_COLOR_TYPE_TRUECOLOR, 8, 48, 32, pixels, sizeof pixels, NULL);
    write_jpeg(jpg, 3, JCS_RGB, 0, 48, 32, pixels);
    const char *const files[] = {png, jpg};
    for (int i = 0; i < 2; i++) {
        const long bytes = oc_file_bytes(files[i]);
        int taken = 0;
        for (long length = 0; length < bytes; length++) {
            oc_copy(files[i], cut);
            oc_truncate(cut, length);
            taken += read_any(cut) != OC_ERR_DATA;
        }
        CU_ASSERT_EQUAL(taken, 0);
        CU_ASSERT_EQUAL(read_any(files[i]), OC_OK);
    }
}

/* JPEG has no checksum: a flipped bit may well give a picture, but never a crash. PNG has one. */
static void flipped_bits(void)
{
    static uint8_t pixels[32 * 48 * 3];
    const char *png = oc_scratch_path("flip.png"), *jpg = oc_scratch_path("flip.jpg");
    smooth(pixels, 3);
    write_png(png, SPNG_COLOR_TYPE_TRUECOLOR, 8, 48, 32, pixels, sizeof pixels, NULL);
    write_jpeg(jpg, 3, JCS_RGB, 1, 48, 32, pixels);
    const char *const files[] = {png, jpg};
    for (int i = 0; i < 2; i++) {
        const long bytes = oc_file_bytes(files[i]);
        int refused = 0, other = 0;
        for (long at = 0; at < bytes; at++) {
            oc_flip_bit(files[i], at, (int)(at % 8));
            const oc_status status = read_any(files[i]);
            refused += status == OC_ERR_DATA;
            other += status != OC_ERR_DATA && status != OC_OK;
            oc_flip_bit(files[i], at, (int)(at % 8));
        }
        CU_ASSERT_EQUAL(other, 0);
        if (i == 0)
            CU_ASSERT_EQUAL(refused, bytes);
        CU_ASSERT(refused > 0);
        CU_ASSERT_EQUAL(read_any(files[i]), OC_OK);
    }
}

/* A PNG that claims 60000 x 60000 pixels must be refused by its header. */
static void huge_pictures_are_refused(void)
{
    static const unsigned char header[] = {
        0x89, 'P',  'N',  'G',  '\r', '\n', 0x1a, '\n', 0,    0,   0,   13,   'I',  'H',  'D',
        'R',  0,    0,    0xea, 0x60, 0,    0,    0xea, 0x60, 8,   2,   0,    0,    0,    0x0f,
        0xb0, 0xe2, 0x15, 0,    0,    0,    0,    'I',  'E',  'N', 'D', 0xae, 0x42, 0x60, 0x82};
    const char *path = oc_scratch_path("huge.png");
    CU_ASSERT_EQUAL(oc_file_write(path, header, sizeof header), OC_OK);
    CU_ASSERT_EQUAL(read_any(path), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "60000x60000"));
}

static void other_files_are_refused(void)
{
    static const uint8_t cmyk[4 * 8 * 8];
    const char *path = oc_scratch_path("other");
    CU_ASSERT_EQUAL(read_any(oc_scratch_path("absent.png")), OC_ERR_IO);
    CU_ASSERT_EQUAL(read_any(oc_scratch()), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_file_write(path, "GIF89a", 6), OC_OK);
    CU_ASSERT_EQUAL(read_any(path), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_file_write(path, "", 0), OC_OK);
    CU_ASSERT_EQUAL(read_any(path), OC_ERR_DATA);
    write_jpeg(path, 4, JCS_CMYK, 0, 8, 8, cmyk);
    CU_ASSERT_EQUAL(read_any(path), OC_OK);
}

int main(void)
{
    const oc_case cases[] = {
        {"PNG colours", png_colours},
        {"PNG to grey", png_to_grey},
        {"PNG grey is exact", png_grey_is_exact},
        {"PNG alpha is laid on black", png_alpha_is_laid_on_black},
        {"grey and alpha is laid on black", grey_alpha_is_laid_on_black},
        {"PNG of other kinds", png_of_other_kinds},
        {"resizing is centre-aligned", resizing_is_centre_aligned},
        {"JPEG colour and grey", jpeg_colour_and_grey},
        {"truncated pictures are refused", truncated_pictures_are_refused},
        {"flipped bits", flipped_bits},
        {"huge pictures are refused", huge_pictures_are_refused},
        {"other files are refused", other_files_are_refused},
    };
    return OC_RUN_CASES("image", cases);
}
