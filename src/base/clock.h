/* clock.h - monotonic seconds for measuring. Not the time of day. */
#ifndef OC_BASE_CLOCK_H
#define OC_BASE_CLOCK_H

/* Local. Seconds since an arbitrary point, never going back. */
double oc_seconds(void);

/* Local. Seconds of a processor that this thread has had. */
double oc_thread_seconds(void);

#endif
