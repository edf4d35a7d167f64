/* image_jpeg.c - JPEG files by libjpeg-turbo, their orientation by what is in the segment APP1. The
 * library reports errors by a call that must not return; the jump out of it stays within this
 * file. */
#include "data/images/image_decode.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs FILE */
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

enum {
    MAX_SCANS = 200,     /* a crafted progressive file can ask for endless passes */
    MAX_MEMORY = 1 << 30 /* bytes, of the library's own */
};

/* All that survives the jump, so that no local variable has to. */
typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    const char *path;
    oc_status status;
    oc_pixels *pixels;
} decoder;

static _Noreturn void leave(decoder *of, const char *text)
{
    of->status = oc_fail(OC_ERR_DATA, "%s: damaged JPEG: %s", of->path, text);
    longjmp(of->failed, 1);
}

static void on_error(j_common_ptr common)
{
    char text[JMSG_LENGTH_MAX];
    common->err->format_message(common, text);
    leave(common->client_data, text);
}

/* Warnings say what was made up. A file that is cut short is refused; slight blemishes are
 * common in the wild and are not. */
static void on_message(j_common_ptr common, int level)
{
    const int code = common->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER))
        on_error(common);
}

static void on_progress(j_common_ptr common)
{
    if (((j_decompress_ptr)common)->input_scan_number > MAX_SCANS)
        leave(common->client_data, "too many scans");
}

/* The orientation is in the first APP1 segment that is EXIF's. */
static void find_orientation(decoder *of)
{
    for (jpeg_saved_marker_ptr m = of->jpeg.marker_list; m; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && m->data_length > 6 && memcmp(m->data, "Exif\0", 6) == 0) {
            of->pixels->orientation = oc_image_exif_orientation(m->data, m->data_length);
            return;
        }
}

/* Inks to light, in place, four numbers a pixel. Who writes Adobe's mark writes them inverted. */
static void convert_inks(oc_pixels *pixels, int inverted)
{
    const size_t count = (size_t)pixels->width * pixels->height;
    uint8_t *p = pixels->data;
    for (size_t i = 0; i < count; i++, p += 4) {
        const int black = inverted ? p[3] : UINT8_MAX - p[3];
        for (int c = 0; c < 3; c++)
            p[c] = (uint8_t)(((inverted ? p[c] : UINT8_MAX - p[c]) * black + UINT8_MAX / 2) /
                             UINT8_MAX);
        p[3] = UINT8_MAX;
    }
}

static void decode(decoder *of, const void *bytes, size_t count)
{
    struct jpeg_decompress_struct *jpeg = &of->jpeg;
    jpeg_create_decompress(jpeg);
    of->progress.progress_monitor = on_progress;
    jpeg->progress = &of->progress;
    jpeg->mem->max_memory_to_use = MAX_MEMORY;
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, UINT16_MAX);
    jpeg_mem_src(jpeg, bytes, (unsigned long)count);
    jpeg_read_header(jpeg, TRUE);
    const int components = jpeg->num_components;
    if (components != 1 && components != 3 && components != 4)
        leave(of, "neither grey nor of three or four colour channels");
    find_orientation(of);
    of->pixels->is_cmyk = components == 4;
    jpeg->out_color_space = components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg->dct_method = JDCT_ISLOW;
    /* Not output_width, which is known only later: nothing is scaled. */
    of->status = oc_pixels_allocate(of->path, of->pixels, jpeg->image_width, jpeg->image_height,
                                    components == 4 ? 4 : 3, 8);
    if (of->status)
        return;
    jpeg_start_decompress(jpeg);
    const size_t row_bytes = (size_t)of->pixels->width * (size_t)of->pixels->channels;
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = (uint8_t *)of->pixels->data + jpeg->output_scanline * row_bytes;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    if (components == 4)
        convert_inks(of->pixels, jpeg->saw_Adobe_marker);
    jpeg_finish_decompress(jpeg);
}

/* The jump lands here, in a function of its own: what it changed is not local to it. */
static void decode_or_land(decoder *of, const void *bytes, size_t count)
{
    if (setjmp(of->failed) == 0)
        decode(of, bytes, count);
}

oc_status oc_image_decode_jpeg(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    decoder of = {.path = path, .pixels = pixels};
    of.jpeg.err = jpeg_std_error(&of.errors);
    of.errors.error_exit = on_error;
    of.errors.emit_message = on_message;
    of.jpeg.client_data = &of;
    decode_or_land(&of, bytes, count);
    jpeg_destroy_decompress(&of.jpeg);
    return of.status;
}
