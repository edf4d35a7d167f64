/* status.c - the table of statuses and the message of the last failure. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 1024 };

#undef oc_fail /* its form for the static analyser */

static _Thread_local char message[MESSAGE_BYTES];

static const struct {
    int code;
    const char *text;
} table[] = {
#define OC_STATUS(name, code, text) {code, text},
#include "base/status.def"
#undef OC_STATUS
};
_Static_assert(sizeof table / sizeof table[0] == OC_STATUS_COUNT, "one row a status");

oc_status oc_fail(oc_status status, const char *format, ...)
{
    char fresh[MESSAGE_BYTES]; /* the arguments may point into the old message */
    va_list args;
    va_start(args, format);
    vsnprintf(fresh, sizeof fresh, format, args);
    va_end(args);
    memcpy(message, fresh, sizeof message);
    return status;
}

oc_status oc_fail_context(oc_status status, const char *format, ...)
{
    char context[MESSAGE_BYTES / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    return oc_fail(status, "%s: %s", context, message);
}

const char *oc_message(void)
{
    return message;
}

int oc_exit_code(oc_status status)
{
    return (unsigned)status < OC_STATUS_COUNT ? table[status].code : 70;
}

const char *oc_status_text(oc_status status)
{
    return (unsigned)status < OC_STATUS_COUNT ? table[status].text : "unknown status";
}
