/* h5_foreign_private.h - what h5_foreign.c and h5_foreign_type.c share. */
#ifndef OC_STORAGE_H5_FOREIGN_PRIVATE_H
#define OC_STORAGE_H5_FOREIGN_PRIVATE_H

#include "storage/h5_foreign.h"
#include "storage/h5_private.h"

enum { OC_H5_TYPE_TEXT = 64 };

/* What the elements of an array are, in the file and when they are read. */
typedef struct oc_h5_element {
    oc_number_type type;        /* OC_NUMBER_NONE: strings */
    hid_t memory;               /* to be closed; H5I_INVALID_HID with strings */
    int is_as_stored;           /* read as the file has it, byte for byte */
    char name[OC_H5_TYPE_TEXT]; /* of what cannot be read: "compound of 3 fields" */
} oc_h5_element;

/* Local. What a stored type is read as; 0: `name` says what it is instead. */
int oc_h5_foreign_element(hid_t stored, oc_h5_element *element);

#endif
