/* status.h - how a fallible function reports: a status, and one message a thread.
 *
 * A function that fails calls oc_fail() once, where the failure is seen, with a
 * message that names the file, the place, what was found and what was expected.
 * Callers pass the status up unchanged; only cli prints the message. */
#ifndef OC_BASE_STATUS_H
#define OC_BASE_STATUS_H

typedef enum oc_status {
#define OC_STATUS(name, code, text) name,
#include "base/status.def"
#undef OC_STATUS
    OC_STATUS_COUNT
} oc_status;

#if defined(__GNUC__)
#define OC_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define OC_PRINTF(text, first)
#endif

/* Local. Remember a message for this thread (at most 1023 bytes are kept) and
 * return `status`, so that a failure is one line: return oc_fail(OC_ERR_DATA, ...). */
oc_status oc_fail(oc_status status, const char *format, ...) OC_PRINTF(2, 3);

#ifdef __clang_analyzer__ /* which can't see into it: it returns its first argument */
#define oc_fail(status, ...) ((void)oc_fail(status, __VA_ARGS__), (status))
#endif

/* Local. Put "text: " before the message already there; returns `status`. */
oc_status oc_fail_context(oc_status status, const char *format, ...) OC_PRINTF(2, 3);

/* Local. The message of this thread's last failure ("" before any). Not owned. */
const char *oc_message(void);

/* Local. The process exit code that belongs to a status. */
int oc_exit_code(oc_status status);

/* Local. A short text for a status. */
const char *oc_status_text(oc_status status);

#endif
