/* faults.c - see faults.h. */
#include "faults.h"
#include "harness.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

void lock_folder(const char *path)
{
    CU_ASSERT_EQUAL_FATAL(chmod(oc_scratch(), 0755), 0);
    CU_ASSERT_EQUAL_FATAL(chmod(path, 0555), 0);
    if (geteuid() == 0)
        CU_ASSERT_EQUAL_FATAL(seteuid(65534), 0);
}

void unlock_folder(const char *path)
{
    if (getuid() == 0)
        CU_ASSERT_EQUAL_FATAL(seteuid(0), 0);
    CU_ASSERT_EQUAL_FATAL(chmod(path, 0755), 0);
}

int killed_while_writing(rlim_t bytes, void (*work)(void *), void *argument)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        limit_files(bytes);
        signal(SIGXFSZ, SIG_DFL);
        work(argument);
        _exit(0);
    }
    CU_ASSERT_FATAL(child > 0);
    CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ;
}

int count_entries(const char *folder, const char *part)
{
    int count = 0;
    DIR *stream = opendir(folder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        count += entry->d_name[0] != '\0' && strcmp(entry->d_name, ".") != 0 &&
                 strcmp(entry->d_name, "..") != 0 && strstr(entry->d_name, part) != NULL;
    closedir(stream);
    return count;
}
