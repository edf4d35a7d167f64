/* leftovers.h - temporary files (file.h) that a killed process has left behind. */
#ifndef OC_BASE_LEFTOVERS_H
#define OC_BASE_LEFTOVERS_H

#include "base/status.h"

/* Local. Remove from a folder what is called ".NAME.tmp-PID" where is_ours(NAME), whoever made it:
 * for whom holds the folder's lock. Regular files and links (not what they lead to); what can't be
 * removed stays. A folder that is not there has none. */
void oc_leftovers_remove(const char *folder, int (*is_ours)(const char *name));

#endif
