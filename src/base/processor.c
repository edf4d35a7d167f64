/* processor.c - see processor.h. */
#include "base/processor.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

const char *oc_processor_name(char *text)
{
    char line[512];
    text[0] = '\0';
    FILE *const file = fopen("/proc/cpuinfo", "re");
    while (file && !text[0] && fgets(line, sizeof line, file)) {
        const char *const colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", strlen("model name")) != 0)
            continue;
        const char *const name = colon + 1 + strspn(colon + 1, " ");
        snprintf(text, OC_PROCESSOR_TEXT, "%.*s", (int)strcspn(name, "\n"), name);
    }
    if (file)
        fclose(file);
    struct utsname system;
    if (!text[0] && uname(&system) == 0)
        snprintf(text, OC_PROCESSOR_TEXT, "%s", system.machine);
    return text;
}
