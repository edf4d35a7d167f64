/* leftovers.c - see leftovers.h. */
#include "base/leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 256 };

/* The NAME of ".NAME.tmp-PID", or no such name: 0. */
static int final_name(const char *entry, char name[NAME_BYTES])
{
    static const char mark[] = ".tmp-";
    const char *at = NULL;
    for (const char *next = strstr(entry, mark); next; next = strstr(next + 1, mark))
        at = next; /* the last one */
    if (entry[0] != '.' || !at || at == entry || (size_t)(at - entry) > NAME_BYTES)
        return 0;
    const char *const digits = at + strlen(mark);
    if (!digits[0] || digits[strspn(digits, "0123456789")])
        return 0;
    memcpy(name, entry + 1, (size_t)(at - entry) - 1);
    name[at - entry - 1] = '\0';
    return 1;
}

void oc_leftovers_remove(const char *folder, int (*is_ours)(const char *name))
{
    char name[NAME_BYTES];
    struct stat about;
    DIR *const stream = opendir(folder);
    if (!stream)
        return;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (final_name(entry->d_name, name) && is_ours(name) &&
            fstatat(dirfd(stream), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            (S_ISREG(about.st_mode) || S_ISLNK(about.st_mode)))
            unlinkat(dirfd(stream), entry->d_name, 0);
    closedir(stream);
}
