/* npz_member.h - one array's file inside an .npz archive, unpacked as it is read. An .npz is a zip
 * of .npy files (numpy.savez, numpy.savez_compressed): stored or deflated, nothing else is taken.
 * Checksums are verified when the member is read to its end. */
#ifndef OC_DATA_ARRAYS_NPZ_MEMBER_H
#define OC_DATA_ARRAYS_NPZ_MEMBER_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_npz_member oc_npz_member;

/* Local. The member called `name` or `name`.npy. OC_ERR_IO, OC_ERR_INTERNAL; OC_ERR_DATA when it is
 * not there (the message says which are) or the archive is damaged. */
oc_status oc_npz_member_open(oc_npz_member **member, const char *path, const char *name);
void oc_npz_member_close(oc_npz_member *member); /* NULL-safe */

/* Local. Call `visit` with the name of each member that is a file, in the archive's order.
 * OC_ERR_IO, OC_ERR_INTERNAL; OC_ERR_DATA when the archive is damaged. */
oc_status oc_npz_list(const char *path, void (*visit)(const char *name, void *user), void *user);

/* Local. The next `count` bytes; *got is less only at the end. OC_ERR_DATA. */
oc_status oc_npz_member_read(oc_npz_member *member, void *to, size_t count, size_t *got);

/* Local. Its size unpacked as the archive says, or when it doesn't the most that deflate could have
 * packed into a file of this size. */
uint64_t oc_npz_member_most(const oc_npz_member *member);

#endif
