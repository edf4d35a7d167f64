/* memory.h - how much memory this machine has. */
#ifndef OC_BASE_MEMORY_H
#define OC_BASE_MEMORY_H

#include <stddef.h>

/* Local. Bytes of physical memory; SIZE_MAX if the system does not tell. */
size_t oc_memory_installed(void);

#endif
