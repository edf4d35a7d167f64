/* image_jpeg.c - JPEG files by libjpeg-turbo. The library reports errors by a call that must not
 * return; the jump out of it stays within this file. */
#include "data/image_decode.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs FILE */
#include <stdlib.h>

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

static void decode(decoder *of, const void *bytes, size_t count)
{
    struct jpeg_decompress_struct *jpeg = &of->jpeg;
    jpeg_create_decompress(jpeg);
    of->progress.progress_monitor = on_progress;
    jpeg->progress = &of->progress;
    jpeg->mem->max_memory_to_use = MAX_MEMORY;
    jpeg_mem_src(jpeg, bytes, (unsigned long)count);
    jpeg_read_header(jpeg, TRUE);
    of->status = oc_image_check_size(of->path, jpeg->image_width, jpeg->image_height);
    if (of->status)
        return;
    if (jpeg->num_components != 1 && jpeg->num_components != 3)
        leave(of, "neither grey nor colour by three channels");
    jpeg->out_color_space = JCS_RGB;
    jpeg->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(jpeg);
    const size_t row_bytes = (size_t)jpeg->output_width * 3;
    of->pixels->bytes = malloc(row_bytes * jpeg->output_height);
    if (!of->pixels->bytes) {
        of->status = oc_fail(OC_ERR_INTERNAL, "%s: no memory for its pixels", of->path);
        return;
    }
    of->pixels->width = jpeg->output_width;
    of->pixels->height = jpeg->output_height;
    of->pixels->channels = 3;
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = of->pixels->bytes + jpeg->output_scanline * row_bytes;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
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
    *pixels = (oc_pixels){0};
    of.jpeg.err = jpeg_std_error(&of.errors);
    of.errors.error_exit = on_error;
    of.errors.emit_message = on_message;
    of.jpeg.client_data = &of;
    decode_or_land(&of, bytes, count);
    jpeg_destroy_decompress(&of.jpeg);
    if (of.status) {
        free(pixels->bytes);
        pixels->bytes = NULL;
    }
    return of.status;
}
