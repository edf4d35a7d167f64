/* image_webp.c - WebP files by libwebp: still ones, and the first frame of animated ones. */
#include "data/images/image_decode.h"

#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

static oc_status damaged(const char *path, const char *what)
{
    return oc_fail(OC_ERR_DATA, "%s: damaged WebP: %s", path, what);
}

/* The first frame may fill a part of the canvas only: the rest is transparent. */
static oc_status decode_frame(const char *path, const WebPData *file, oc_pixels *pixels)
{
    WebPAnimDecoderOptions options;
    uint8_t *canvas;
    int time;
    if (!WebPAnimDecoderOptionsInit(&options))
        return oc_fail(OC_ERR_INTERNAL, "%s: libwebp has an incompatible version", path);
    options.color_mode = MODE_RGBA;
    WebPAnimDecoder *const decoder = WebPAnimDecoderNew(file, &options);
    if (!decoder)
        return damaged(path, "its frames cannot be read");
    oc_status status = OC_OK;
    if (!WebPAnimDecoderGetNext(decoder, &canvas, &time))
        status = damaged(path, "its first frame cannot be read");
    else
        memcpy(pixels->data, canvas, (size_t)pixels->width * pixels->height * 4);
    WebPAnimDecoderDelete(decoder);
    return status;
}

static void read_extras(const WebPData *file, oc_pixels *pixels)
{
    WebPChunkIterator chunk;
    WebPDemuxer *const demuxer = WebPDemux(file);
    if (!demuxer)
        return;
    if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk)) {
        pixels->orientation = oc_image_exif_orientation(chunk.chunk.bytes, chunk.chunk.size);
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    pixels->several = WebPDemuxGetI(demuxer, WEBP_FF_FRAME_COUNT) > 1;
    WebPDemuxDelete(demuxer);
}

oc_status oc_image_decode_webp(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    const WebPData file = {bytes, count};
    WebPBitstreamFeatures features;
    const unsigned char *const head = bytes; /* "RIFF", the size of what follows */
    if (count < 12)
        return damaged(path, "truncated within its header");
    const uint64_t size =
        head[4] | (uint64_t)head[5] << 8 | (uint64_t)head[6] << 16 | (uint64_t)head[7] << 24;
    if (count < size + 8)
        return damaged(path, "truncated");
    if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK)
        return damaged(path, "its header cannot be read");
    oc_status status =
        oc_pixels_allocate(path, pixels, (uint64_t)features.width, (uint64_t)features.height, 4, 8);
    if (status)
        return status;
    if (features.has_animation)
        status = decode_frame(path, &file, pixels);
    else if (!WebPDecodeRGBAInto(bytes, count, pixels->data,
                                 (size_t)pixels->width * pixels->height * 4,
                                 (int)pixels->width * 4))
        status = damaged(path, "its pixels cannot be read");
    if (!status)
        read_extras(&file, pixels);
    return status;
}
