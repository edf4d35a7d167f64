/* build_info.h - what was built, for `version` and for reports of speed. */
#ifndef OC_CLI_COMMON_BUILD_INFO_H
#define OC_CLI_COMMON_BUILD_INFO_H

/* Local. The commit of the sources ("1a2b3c4", "-dirty" behind it if they were changed), or
 * "unknown"; the compiler with its version. */
const char *oc_cli_commit(void);
const char *oc_cli_compiler(void);

#endif
