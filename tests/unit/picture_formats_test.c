/* picture_formats_test.c - what few encoders write: TIFF of 16 bits in planes and tiles, BMP in all
 * its ways, plain PNM, GIF with interlaced rows and transparency. */
#include "pictures_check.h"

#include <gif_lib.h>
#include <tiffio.h>

enum { WIDE = 20, HIGH = 18 };

static int value_at(int x, int y, int s)
{
    return 1 + x * 2900 + y * 301 + s * 17;
}

/* ---- TIFF ---- */

typedef struct layout {
    int samples, colours, alpha; /* EXTRASAMPLE_... of the last, when there are more than colours */
    int planar, tiled, inverted, compression;
} layout;

static void write_tiff(const char *path, const layout *l)
{
    enum { TILE = 16 };
    const int planes = l->planar ? l->samples : 1, stride = l->planar ? 1 : l->samples;
    uint16_t extra[1] = {(uint16_t)l->alpha};
    TIFF *const tiff = TIFFOpen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(tiff);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, WIDE);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, HIGH);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 16);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, l->samples);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, l->compression);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
                 l->planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
                 l->colours == 3 ? PHOTOMETRIC_RGB
                 : l->inverted   ? PHOTOMETRIC_MINISWHITE
                                 : PHOTOMETRIC_MINISBLACK);
    if (l->samples > l->colours)
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, extra);
    if (l->tiled) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, TILE);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, TILE);
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 5);
    }
    for (int plane = 0; plane < planes; plane++)
        for (int top = 0; top < HIGH; top += l->tiled ? TILE : 1)
            for (int left = 0; left < WIDE; left += l->tiled ? TILE : WIDE) {
                uint16_t part[TILE * TILE * 4 + WIDE * 4];
                const int high = l->tiled ? TILE : 1, wide = l->tiled ? TILE : WIDE;
                for (int y = 0; y < high; y++)
                    for (int x = 0; x < wide; x++)
                        for (int s = 0; s < stride; s++) {
                            const int v = value_at(left + x, top + y, plane + s);
                            part[(y * wide + x) * stride + s] =
                                (uint16_t)(l->inverted ? UINT16_MAX - v : v);
                        }
                const tmsize_t written =
                    l->tiled ? TIFFWriteTile(tiff, part, (uint32_t)left, (uint32_t)top, 0,
                                             (uint16_t)plane)
                             : TIFFWriteScanline(tiff, part, (uint32_t)top, (uint16_t)plane);
                CU_ASSERT_FATAL(written >= 0);
            }
    TIFFClose(tiff);
}

static void deep_tiff(void)
{
    static const layout layouts[] = {
        {1, 1, 0, 0, 0, 0, COMPRESSION_NONE},
        {1, 1, 0, 0, 0, 1, COMPRESSION_LZW},
        {3, 3, 0, 0, 0, 0, COMPRESSION_ADOBE_DEFLATE},
        {3, 3, 0, 1, 0, 0, COMPRESSION_NONE},
        {3, 3, 0, 0, 1, 0, COMPRESSION_LZW},
        {3, 3, 0, 1, 1, 0, COMPRESSION_NONE},
        {4, 3, EXTRASAMPLE_UNASSALPHA, 0, 0, 0, COMPRESSION_NONE},
        {4, 3, EXTRASAMPLE_UNASSALPHA, 1, 1, 0, COMPRESSION_NONE},
        {4, 3, EXTRASAMPLE_ASSOCALPHA, 0, 0, 0, COMPRESSION_NONE},
        {4, 3, EXTRASAMPLE_UNSPECIFIED, 0, 0, 0, COMPRESSION_NONE},
        {2, 1, EXTRASAMPLE_UNASSALPHA, 0, 0, 0, COMPRESSION_NONE},
        {2, 1, EXTRASAMPLE_UNASSALPHA, 1, 0, 0, COMPRESSION_NONE},
    };
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        const layout *const l = &layouts[i];
        const char *const path = oc_scratch_path("deep.tiff");
        oc_pixels found;
        int wrong = 0;
        write_tiff(path, l);
        CU_ASSERT_EQUAL_FATAL(decode_file(path, &found), OC_OK);
        CU_ASSERT_FATAL(found.width == WIDE && found.height == HIGH && found.bits == 16);
        const int alpha = l->samples > l->colours && l->alpha == EXTRASAMPLE_UNASSALPHA;
        CU_ASSERT_EQUAL(found.channels, 3 + alpha);
        for (int y = 0; y < HIGH; y++)
            for (int x = 0; x < WIDE; x++)
                for (int c = 0; c < 3 + alpha; c++) {
                    const int s = l->colours == 3 ? c : c == 3;
                    wrong += pixel_at(&found, (uint32_t)x, (uint32_t)y, c) != value_at(x, y, s);
                }
        if (wrong)
            printf("layout %zu: %d wrong\n", i, wrong);
        CU_ASSERT_EQUAL(wrong, 0);
        oc_pixels_free(&found);
    }
}

/* ---- BMP ---- */

static unsigned char file[4096];
static size_t bytes;

static void put(uint32_t value, size_t count)
{
    for (size_t i = 0; i < count; i++, value >>= 8)
        file[bytes++] = (unsigned char)value;
}

/* The header of so many bytes: 12 or 40 and up (what is behind 40 is for the caller). */
static void begin_bmp(uint32_t header, int width, int height, uint32_t bits, uint32_t compression,
                      uint32_t colours, uint32_t between)
{
    bytes = 0;
    put('B' | 'M' << 8, 2);
    put(0, 8);
    put(14 + header + between, 4);
    put(header, 4);
    if (header == 12) {
        put((uint32_t)width, 2);
        put((uint32_t)height, 2);
        put(1, 2);
        put(bits, 2);
        return;
    }
    put((uint32_t)width, 4);
    put((uint32_t)height, 4);
    put(1, 2);
    put(bits, 2);
    put(compression, 4);
    put(0, 12);
    put(colours, 4);
    put(0, 4);
}

static oc_status decode_bmp(oc_pixels *found)
{
    return oc_image_decode("x.bmp", file, bytes, found);
}

static int is_pixel(const oc_pixels *p, uint32_t x, uint32_t y, int red, int green, int blue,
                    int alpha)
{
    const int is = pixel_at(p, x, y, 0) == red && pixel_at(p, x, y, 1) == green &&
                   pixel_at(p, x, y, 2) == blue && pixel_at(p, x, y, 3) == alpha;
    if (!is)
        printf("found %d %d %d %d, expected %d %d %d %d\n", pixel_at(p, x, y, 0),
               pixel_at(p, x, y, 1), pixel_at(p, x, y, 2), pixel_at(p, x, y, 3), red, green, blue,
               alpha);
    return is;
}

static void bmp_headers_and_masks(void)
{
    oc_pixels p;
    begin_bmp(12, 2, 2, 1, 0, 0, 6); /* the oldest: colours of three bytes, from the bottom */
    put(0x010203, 3);
    put(0xa0b0c0, 3);
    put(0x40, 4);
    put(0x80, 4);
    CU_ASSERT_EQUAL_FATAL(decode_bmp(&p), OC_OK);
    CU_ASSERT(is_pixel(&p, 0, 0, 0xa0, 0xb0, 0xc0, 255) && is_pixel(&p, 0, 1, 1, 2, 3, 255));
    oc_pixels_free(&p);

    begin_bmp(40, 2, -1, 16, 3, 0, 12); /* 5, 6 and 5 bits, from the top */
    put(0xf800, 4);
    put(0x07e0, 4);
    put(0x001f, 4);
    put(0xffff, 2);
    put(0x8400, 2);
    CU_ASSERT_EQUAL_FATAL(decode_bmp(&p), OC_OK);
    CU_ASSERT(is_pixel(&p, 0, 0, 255, 255, 255, 255) && is_pixel(&p, 1, 0, 132, 130, 0, 255));
    oc_pixels_free(&p);

    begin_bmp(40, 1, 1, 16, 0, 0, 0); /* 5 bits each without masks */
    put(0x7c1f, 4);
    CU_ASSERT_EQUAL_FATAL(decode_bmp(&p), OC_OK);
    CU_ASSERT(is_pixel(&p, 0, 0, 255, 0, 255, 255));
    oc_pixels_free(&p);

    begin_bmp(40, 1, 1, 32, 0, 0, 0); /* a fourth byte that means nothing */
    put(0x00102030, 4);
    CU_ASSERT_EQUAL_FATAL(decode_bmp(&p), OC_OK);
    CU_ASSERT(is_pixel(&p, 0, 0, 0x10, 0x20, 0x30, 255));
    oc_pixels_free(&p);

    begin_bmp(56, 1, 1, 32, 3, 0, 0); /* alpha by a mask */
    put(0xff0000, 4);
    put(0x00ff00, 4);
    put(0x0000ff, 4);
    put(0xff000000, 4);
    put(0x40102030, 4);
    CU_ASSERT_EQUAL_FATAL(decode_bmp(&p), OC_OK);
    CU_ASSERT(is_pixel(&p, 0, 0, 0x10, 0x20, 0x30, 0x40) && p.is_alpha_used);
    oc_pixels_free(&p);
}

static void bmp_runs(void)
{
    oc_pixels p;
    begin_bmp(40, 4, 2, 8, 1, 3, 12);
    put(0x000000, 4);
    put(0x0000ff, 4);
    put(0x00ff00, 4);
    put(0x0104, 2); /* four of colour 1; end of the row */
    put(0, 2);
    put(0x0300, 2); /* three one by one, and one to fill up; end */
    put(0x010002, 4);
    put(0x0100, 2);
    CU_ASSERT_EQUAL_FATAL(decode_bmp(&p), OC_OK);
    CU_ASSERT(is_pixel(&p, 0, 1, 0, 0, 255, 255) && is_pixel(&p, 3, 1, 0, 0, 255, 255));
    CU_ASSERT(is_pixel(&p, 0, 0, 0, 255, 0, 255) && is_pixel(&p, 2, 0, 0, 0, 255, 255));
    CU_ASSERT(is_pixel(&p, 3, 0, 0, 0, 0, 0)); /* no run covers it */
    oc_pixels_free(&p);

    begin_bmp(40, 3, 1, 4, 2, 2, 8);
    put(0x000000, 4);
    put(0xff0000, 4);
    put(0x1003, 2); /* 1, 0, 1 */
    put(0x0100, 2);
    CU_ASSERT_EQUAL_FATAL(decode_bmp(&p), OC_OK);
    CU_ASSERT(is_pixel(&p, 0, 0, 255, 0, 0, 255) && is_pixel(&p, 1, 0, 0, 0, 0, 255));
    oc_pixels_free(&p);

    file[14 + 40 + 8] = 200; /* a run beyond its row */
    CU_ASSERT_EQUAL(decode_bmp(&p), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "x.bmp"));
    file[14 + 40 + 8] = 3;
    file[14 + 40 + 9] = 0x70; /* a colour beyond the table */
    CU_ASSERT_EQUAL(decode_bmp(&p), OC_ERR_DATA);
}

/* ---- PNM ---- */

static void plain_pnm(void)
{
    static const struct {
        const char *text;
        int bits, pixel[3][3];
    } files[] = {
        {"P1 # bits\n3 1\n101", 8, {{0, 0, 0}, {255, 255, 255}, {0, 0, 0}}},
        {"P2\n3 1\n# the highest\n15\n0 7 15\n", 8, {{0, 0, 0}, {119, 119, 119}, {255, 255, 255}}},
        {"P3 3 1 1000 0 1 2 3 4 5 998 999 1000",
         16,
         {{0, 66, 131}, {197, 262, 328}, {65404, 65469, 65535}}},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        oc_pixels p;
        CU_ASSERT_EQUAL_FATAL(oc_image_decode("x", files[i].text, strlen(files[i].text), &p),
                              OC_OK);
        CU_ASSERT_EQUAL(p.bits, files[i].bits);
        for (int k = 0; k < 9; k++)
            CU_ASSERT_EQUAL(pixel_at(&p, (uint32_t)k / 3, 0, k % 3), files[i].pixel[k / 3][k % 3]);
        oc_pixels_free(&p);
    }
    static const char *const bad[] = {
        "P2 1 1 255 256",   "P2 1 1 0 0",   "P2 1 1 65536 1", "P2 1 1 255", "P5 1 1 255 ",
        "P6 2 1 255 abcde", "P2 0 1 255 1", "P2 1 -1 255 1",  "P1 1 1 2",   "P2 99999999 1 255 1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        oc_pixels p;
        CU_ASSERT_EQUAL(oc_image_decode("x", bad[i], strlen(bad[i]), &p), OC_ERR_DATA);
    }
}

/* ---- GIF ---- */

/* A frame 2 wide and 9 high at (1, 0) on a canvas of 4x9, interlaced; row y is colour y, and colour
 * 5 is transparent. */
static void interlaced_gif(void)
{
    static const int order[] = {0, 8, 4, 2, 6, 1, 3, 5, 7};
    const char *const path = oc_scratch_path("interlaced.gif");
    GifColorType colours[16];
    GraphicsControlBlock control = {.TransparentColor = 5};
    GifByteType extension[4];
    int error;
    for (int i = 0; i < 16; i++)
        colours[i] = (GifColorType){(GifByteType)(10 * i), (GifByteType)(200 - i), 7};
    GifFileType *const gif = EGifOpenFileName(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(gif);
    ColorMapObject *const map = GifMakeMapObject(16, colours);
    EGifSetGifVersion(gif, true);
    CU_ASSERT_EQUAL(EGifPutScreenDesc(gif, 4, 9, 4, 0, map), GIF_OK);
    EGifGCBToExtension(&control, extension);
    CU_ASSERT_EQUAL(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, extension), GIF_OK);
    CU_ASSERT_EQUAL(EGifPutImageDesc(gif, 1, 0, 2, 9, true, NULL), GIF_OK);
    for (int i = 0; i < 9; i++) {
        GifPixelType row[2] = {(GifPixelType)order[i], (GifPixelType)order[i]};
        CU_ASSERT_EQUAL(EGifPutLine(gif, row, 2), GIF_OK);
    }
    CU_ASSERT_EQUAL(EGifCloseFile(gif, &error), GIF_OK);
    GifFreeMapObject(map);
    oc_pixels p;
    CU_ASSERT_EQUAL_FATAL(decode_file(path, &p), OC_OK);
    CU_ASSERT_FATAL(p.width == 4 && p.height == 9 && p.is_alpha_used && !p.several);
    for (uint32_t y = 0; y < 9; y++) {
        const int i = (int)y, seen = y != 5;
        CU_ASSERT(is_pixel(&p, 1, y, seen * 10 * i, seen * (200 - i), seen * 7, seen * 255));
        CU_ASSERT(is_pixel(&p, 0, y, 0, 0, 0, 0));
    }
    oc_pixels_free(&p);
}

int main(void)
{
    const oc_case cases[] = {
        {"TIFF of 16 bits", deep_tiff},
        {"BMP headers and masks", bmp_headers_and_masks},
        {"BMP runs", bmp_runs},
        {"plain PNM", plain_pnm},
        {"interlaced GIF", interlaced_gif},
    };
    return OC_RUN_CASES("picture_formats", cases);
}
