/* build_info.c - see build_info.h. */
#include "cli/common/build_info.h"

#include "cli/common/commit.h" /* made by the build: scripts/commit.cmake */

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

const char *oc_cli_commit(void)
{
    return ONECYCLE_COMMIT;
}

const char *oc_cli_compiler(void)
{
    return COMPILER;
}
