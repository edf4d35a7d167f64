/* lost_data.c - see lost_data.h. */
#include "lost_data.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512, NAMES = 256, FILES = 4096 };

typedef enum change_kind { MADE, RENAMED, REMOVED } change_kind;

typedef struct name_change {
    change_kind kind;
    char from[PATH_BYTES], to[PATH_BYTES]; /* MADE, REMOVED: to */
    char stash[PATH_BYTES];                /* what had the name before, "" for nothing */
} name_change;

typedef struct synced_file {
    ino_t number;
    off_t bytes;
} synced_file;

static name_change names[NAMES];
static size_t names_count;
static synced_file files[FILES];
static size_t files_count;
static const char *root, *stash;
static unsigned stashed;
static loss how;

static synced_file *find(ino_t number)
{
    for (size_t i = 0; i < files_count; i++)
        if (files[i].number == number)
            return &files[i];
    return NULL;
}

static void note_file(const struct stat *about)
{
    synced_file *const known = find(about->st_ino);
    if (known)
        known->bytes = about->st_size;
    else if (files_count < FILES)
        files[files_count++] = (synced_file){about->st_ino, about->st_size};
    else
        abort();
}

static int begin_with(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)path;
    (void)where;
    if (kind == FTW_F)
        note_file(about);
    return 0;
}

void lost_data_begin(const char *below, const char *beside)
{
    root = below;
    stash = beside;
    nftw(root, begin_with, 16, FTW_PHYS);
}

/* Is `path` a name in `folder`, which may end with a slash? */
static int is_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    const char *const slash = strrchr(path, '/');
    return slash && (size_t)(slash - path) == length && strncmp(path, folder, length) == 0;
}

void lost_data_synced(int descriptor, const char *path)
{
    struct stat about;
    size_t kept = 0;
    if (fstat(descriptor, &about) != 0)
        return;
    if (S_ISREG(about.st_mode))
        note_file(&about);
    if (!S_ISDIR(about.st_mode))
        return;
    for (size_t i = 0; i < names_count; i++)
        if (!is_in(names[i].to, path))
            names[kept++] = names[i];
    names_count = kept;
}

static void note_name(change_kind kind, const char *from, const char *to)
{
    if (names_count == NAMES)
        abort();
    name_change *const fresh = &names[names_count++];
    *fresh = (name_change){.kind = kind};
    snprintf(fresh->from, sizeof fresh->from, "%s", from);
    snprintf(fresh->to, sizeof fresh->to, "%s", to);
    if (kind == MADE)
        return;
    snprintf(fresh->stash, sizeof fresh->stash, "%s/%u", stash, stashed++);
    if (link(to, fresh->stash) != 0)
        fresh->stash[0] = '\0';
}

void lost_data_made_file(int descriptor)
{
    struct stat about;
    if (fstat(descriptor, &about) == 0 && about.st_size == 0)
        note_file(&about); /* its number may have been another one's */
}

void lost_data_made_folder(const char *path)
{
    note_name(MADE, "", path);
}

void lost_data_before_rename(const char *from, const char *to)
{
    note_name(RENAMED, from, to);
}

void lost_data_before_unlink(const char *path)
{
    note_name(REMOVED, "", path);
}

void lost_data_took_back(void)
{
    names_count--;
}

static void undo(const name_change *name)
{
    char aside[PATH_BYTES];
    if (name->kind == MADE) {
        snprintf(aside, sizeof aside, "%s/%u", stash, stashed++);
        rename(name->to, aside);
    }
    if (name->kind == RENAMED)
        rename(name->to, name->from);
    if (name->stash[0])
        rename(name->stash, name->to);
}

static int lose_bytes(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)where;
    const synced_file *const known = find(about->st_ino);
    const off_t safe = known ? known->bytes : 0, lost = about->st_size - safe;
    if (kind != FTW_F || lost <= 0)
        return 0;
    if (how != LOSS_GARBLE)
        return truncate(path, safe + (how == LOSS_HALVE ? lost / 2 : 0)) != 0;
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    for (off_t at = safe; at < about->st_size; at++) {
        const unsigned char wrong = (unsigned char)rand();
        if (pwrite(file, &wrong, 1, at) != 1)
            break;
    }
    close(file);
    return 0;
}

void lost_data_lose(loss kind)
{
    const size_t safe = kind == LOSS_DROP ? 0 : kind == LOSS_HALVE ? names_count / 2 : names_count;
    how = kind;
    while (names_count > safe)
        undo(&names[--names_count]);
    nftw(root, lose_bytes, 16, FTW_PHYS);
}
