/* image_gif.c - the first picture of GIF files, by giflib. Record by record, so that an animation's
 * other frames are only counted, never unpacked. */
#include "data/images/image_decode.h"

#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

typedef struct reader {
    const unsigned char *bytes;
    size_t count, at;
} reader;

static int give_bytes(GifFileType *gif, GifByteType *to, int wanted)
{
    reader *const from = gif->UserData;
    const size_t left = from->count - from->at;
    const size_t n = (size_t)wanted < left ? (size_t)wanted : left;
    memcpy(to, from->bytes + from->at, n);
    from->at += n;
    return (int)n;
}

static oc_status damaged(const char *path, int error)
{
    const char *const text = GifErrorString(error);
    return oc_fail(OC_ERR_DATA, "%s: damaged GIF: %s", path, text ? text : "it cannot be read");
}

/* A row of colour numbers -> its place on the canvas. Nonzero: a number is not in the table. */
static int put_row(const ColorMapObject *map, int transparent, const GifByteType *row, int width,
                   uint8_t *to)
{
    for (int x = 0; x < width; x++, to += 4) {
        if (row[x] == transparent)
            continue; /* as the canvas is: black, and nothing of it */
        if (row[x] >= map->ColorCount)
            return 1;
        const GifColorType *const colour = &map->Colors[row[x]];
        to[0] = colour->Red;
        to[1] = colour->Green;
        to[2] = colour->Blue;
        to[3] = UINT8_MAX;
    }
    return 0;
}

/* The picture whose description was just read. Interlaced rows come in four passes. */
static oc_status read_picture(const char *path, GifFileType *gif, int transparent,
                              oc_pixels *pixels)
{
    static const int first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
    const GifImageDesc *const image = &gif->Image;
    const ColorMapObject *const map = image->ColorMap ? image->ColorMap : gif->SColorMap;
    const int passes = image->Interlace ? 4 : 1;
    if (!map)
        return oc_fail(OC_ERR_DATA, "%s: damaged GIF: it has no palette", path);
    if (image->Left < 0 || image->Top < 0 || image->Width < 1 || image->Height < 1 ||
        image->Left + image->Width > gif->SWidth || image->Top + image->Height > gif->SHeight)
        return oc_fail(
            OC_ERR_DATA, "%s: damaged GIF: a frame of %dx%d at %d, %d on a canvas of %dx%d", path,
            image->Width, image->Height, image->Left, image->Top, gif->SWidth, gif->SHeight);
    GifByteType *const row = malloc((size_t)image->Width);
    if (!row)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for a row", path);
    oc_status status = OC_OK;
    for (int pass = 0; pass < passes; pass++)
        for (int y = passes > 1 ? first[pass] : 0; y < image->Height && !status;
             y += passes > 1 ? step[pass] : 1) {
            const size_t place = (size_t)(image->Top + y) * pixels->width + (size_t)image->Left;
            if (DGifGetLine(gif, row, image->Width) == GIF_ERROR)
                status = damaged(path, gif->Error);
            else if (put_row(map, transparent, row, image->Width,
                             (uint8_t *)pixels->data + place * 4))
                status = oc_fail(OC_ERR_DATA,
                                 "%s: damaged GIF: a colour that is not in its palette", path);
        }
    free(row);
    return status;
}

/* The number of the transparent colour, from a graphics control extension; else as it was. */
static int read_extension(GifFileType *gif, int *transparent)
{
    GifByteType *bytes;
    int code;
    GraphicsControlBlock control;
    if (DGifGetExtension(gif, &code, &bytes) == GIF_ERROR)
        return GIF_ERROR;
    if (code == GRAPHICS_EXT_FUNC_CODE && bytes &&
        DGifExtensionToGCB(bytes[0], bytes + 1, &control) == GIF_OK)
        *transparent = control.TransparentColor;
    while (bytes)
        if (DGifGetExtensionNext(gif, &bytes) == GIF_ERROR)
            return GIF_ERROR;
    return GIF_OK;
}

static int pass_over(GifFileType *gif)
{
    GifByteType *block;
    int code;
    if (DGifGetCode(gif, &code, &block) == GIF_ERROR)
        return GIF_ERROR;
    while (block)
        if (DGifGetCodeNext(gif, &block) == GIF_ERROR)
            return GIF_ERROR;
    return GIF_OK;
}

/* To the end mark: a file that is cut short has none. */
static oc_status read_records(const char *path, GifFileType *gif, oc_pixels *pixels)
{
    int pictures = 0, transparent = NO_TRANSPARENT_COLOR;
    oc_status status = OC_OK;
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    while (!status && type != TERMINATE_RECORD_TYPE) {
        int code = DGifGetRecordType(gif, &type);
        if (code == GIF_OK && type == EXTENSION_RECORD_TYPE)
            code = read_extension(gif, &transparent);
        else if (code == GIF_OK && type == IMAGE_DESC_RECORD_TYPE)
            code = DGifGetImageHeader(gif);
        if (code == GIF_OK && type == IMAGE_DESC_RECORD_TYPE) {
            if (pictures++ == 0)
                status = read_picture(path, gif, transparent, pixels);
            else
                code = pass_over(gif);
        }
        if (code == GIF_ERROR)
            status = damaged(path, gif->Error);
    }
    if (!status && pictures == 0)
        status = oc_fail(OC_ERR_DATA, "%s: damaged GIF: there is no image in it", path);
    pixels->several = pictures > 1;
    return status;
}

oc_status oc_image_decode_gif(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    reader from = {bytes, count, 0};
    int error = 0;
    GifFileType *const gif = DGifOpen(&from, give_bytes, &error);
    if (!gif)
        return damaged(path, error);
    oc_status status =
        oc_pixels_allocate(path, pixels, (uint64_t)gif->SWidth, (uint64_t)gif->SHeight, 4, 8);
    if (!status)
        status = read_records(path, gif, pixels);
    DGifCloseFile(gif, &error);
    return status;
}
