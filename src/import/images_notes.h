/* images_notes.h - what an import of images did that its user should know: counted while it goes,
 * in the end a few lines of the data set, which its card shows. */
#ifndef OC_IMPORT_IMAGES_NOTES_H
#define OC_IMPORT_IMAGES_NOTES_H

#include "data/images/picture.h"
#include "import/image_list.h"
#include "import/import_images.h"
#include "import/tally.h"
#include "storage/schema.h"

typedef struct oc_images_notes {
    oc_tally kinds;   /* of images that were taken */
    oc_tally several; /* those of which only the first frame or page was */
    oc_tally skipped; /* what was not taken, by reason */
    uint64_t taken, turned, inks, alpha, resized;
    uint64_t deep;     /* 16 bits a channel in the file */
    uint64_t narrowed; /* of which made 8 */
    int is_deep;       /* images are kept in 16 bits */
    uint64_t followed; /* links */
} oc_images_notes;

/* Local. An image was taken. OC_ERR_INTERNAL. */
oc_status oc_images_notes_add(oc_images_notes *notes, const oc_picture_made *made);

/* Local. All of it as notes of the schema. OC_ERR_INTERNAL. */
oc_status oc_images_notes_write(const oc_images_notes *notes, const oc_import_images *options,
                                const oc_image_list *list, oc_schema *schema);

void oc_images_notes_free(oc_images_notes *notes); /* safe on zeroed ones */

/* Local. How a file's name ends, in small letters: ".txt", or "no ending". */
void oc_images_ending(const char *name, char ending[OC_TALLY_TEXT]);

/* Local. Is that an ending of pictures? */
int oc_images_is_called_picture(const char *name);

#endif
