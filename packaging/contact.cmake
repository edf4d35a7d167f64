# contact.cmake - read by cpack before it packs: who answers for the package. That is whoever makes it:
# -DONECYCLE_MAINTAINER="Name <address>" of cmake; or, as for Debian's own tools, DEBFULLNAME and
# DEBEMAIL; or git's user.name and user.email. Only a .deb has to say it.
#   cmake -DCONFIG=BUILD/CPackConfig.cmake -P contact.cmake    asks no more than whether there is one
if(CONFIG)
  include(${CONFIG})
endif()
if(NOT CPACK_GENERATOR STREQUAL DEB OR CPACK_PACKAGE_CONTACT)
  return()
endif()
find_program(GIT git)
function(git_config key result)
  set(found "")
  if(GIT)
    execute_process(COMMAND ${GIT} -C ${CMAKE_CURRENT_LIST_DIR} config ${key} OUTPUT_VARIABLE found
      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

set(name "$ENV{DEBFULLNAME}")
set(address "$ENV{DEBEMAIL}")
if(address MATCHES "^(.*[^ ]) *<(.+)>$") # devscripts take both in one, too
  set(address "${CMAKE_MATCH_2}")
  if(NOT name)
    set(name "${CMAKE_MATCH_1}")
  endif()
endif()
if(NOT name)
  git_config(user.name name)
endif()
if(NOT address)
  git_config(user.email address)
endif()
if(NOT name OR NOT address MATCHES "^[^@ ]+@[^@ ]+$")
  message(FATAL_ERROR "maintainer of the package: found name \"${name}\" and address \"${address}\", "
    "expected both: set DEBFULLNAME and DEBEMAIL, or git's user.name and user.email, or configure "
    "with -DONECYCLE_MAINTAINER=\"Name <address>\"")
endif()
set(CPACK_PACKAGE_CONTACT "${name} <${address}>")
