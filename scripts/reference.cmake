# Manual pages and shell completion, made by the program itself from its tables of options and keys,
# and installed. Not when cross-compiling: then the program cannot be run here, and
# `onecycle reference` makes them on the machine it is for.
if(CMAKE_CROSSCOMPILING)
  return()
endif()
set(share ${PROJECT_BINARY_DIR}/share)
add_custom_command(OUTPUT ${share}/reference.stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${share}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${share}/man ${share}/bash-completion/completions
    ${share}/zsh/site-functions ${share}/fish/vendor_completions.d
  COMMAND onecycle reference man ${share}/man
  COMMAND onecycle reference bash > ${share}/bash-completion/completions/onecycle
  COMMAND onecycle reference zsh > ${share}/zsh/site-functions/_onecycle
  COMMAND onecycle reference fish > ${share}/fish/vendor_completions.d/onecycle.fish
  COMMAND ${CMAKE_COMMAND} -E touch ${share}/reference.stamp
  DEPENDS onecycle program VERBATIM
  COMMENT "Manual pages and shell completion")
add_custom_target(reference ALL DEPENDS ${share}/reference.stamp)
install(DIRECTORY ${share}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR} FILES_MATCHING PATTERN "*.[15]")
install(DIRECTORY ${share}/bash-completion ${share}/zsh ${share}/fish
  DESTINATION ${CMAKE_INSTALL_DATADIR})
