/* stand_ins.h - what stands in for two files of the product under SimGrid, where a rank is a
 * context of one process: the watchdog, whose thread may not read the clock there, and blocks of
 * memory, of which a thousand ranks would need more than there is. */
#ifndef OC_TESTS_SCALE_STAND_INS_H
#define OC_TESTS_SCALE_STAND_INS_H

extern int scale_memory_is_shared; /* 1: all ranks' blocks are the same few pages */

#endif
