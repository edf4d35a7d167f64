/* image_folders.h - which of an image list's folders are splits and which are classes; for
 * image_list.c alone. */
#ifndef OC_IMPORT_IMAGE_FOLDERS_H
#define OC_IMPORT_IMAGE_FOLDERS_H

#include "import/image_list.h"

/* Local. The split that a folder of this name is for, in any case of letters: train, training; val,
 * valid, validation; test, testing. OC_SPLIT_COUNT: none. */
oc_split oc_image_split_of(const char *name, size_t bytes);

/* Local. Sort the items by name, find list->top and whether the folders below it are splits, and
 * one of them the test split. Images in no folder are left out. OC_ERR_DATA for folders that are
 * neither splits nor classes: the message lists them. OC_ERR_INTERNAL. */
oc_status oc_image_list_find_layout(oc_image_list *list, const char *source, int *is_split,
                                    int *has_test);

#endif
