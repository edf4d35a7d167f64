# deb_files.cmake - run by cpack on the tree it is about to pack: what Debian's policy wants in every
# package (changelog, copyright, compressed manual pages), and nothing that belongs into none.
if(NOT CPACK_GENERATOR STREQUAL DEB)
  return()
endif()
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
set(doc ${root}/share/doc/onecycle)
set(source ${CMAKE_CURRENT_LIST_DIR}/..)
file(MAKE_DIRECTORY ${doc} ${root}/share/lintian/overrides)
file(COPY_FILE ${CMAKE_CURRENT_LIST_DIR}/lintian-overrides ${root}/share/lintian/overrides/onecycle)
find_program(GZIP gzip REQUIRED)
function(compress)
  execute_process(COMMAND ${GZIP} -9nf ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(GLOB manuals ${root}/share/man/man*/*.[1-9])
if(manuals)
  compress(${manuals})
endif()

file(READ ${source}/LICENSE license)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]*)" line "${license}")
set(holder ${CMAKE_MATCH_1})
string(REGEX REPLACE "^.*Copyright[^\n]*\n\n" "" license "${license}")
string(REGEX REPLACE "\n\n" "\n.\n" license "${license}")
string(REGEX REPLACE "\n([^\n])" "\n \\1" license "\n${license}")
file(WRITE ${doc}/copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: onecycle

Files: *
Copyright: ${holder}
License: Expat

License: Expat${license}")

# The time of the newest change, so that the same sources make the same package.
set(when "Thu, 01 Jan 2026 00:00:00 +0000")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${source} log -1 "--format=%aD" OUTPUT_VARIABLE found
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(found)
    set(when "${found}")
  endif()
endif()
string(REGEX REPLACE "^([A-Z][a-z][a-z], )([0-9]) " "\\10\\2 " when "${when}")
file(WRITE ${doc}/changelog.Debian "onecycle (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * Version ${CPACK_PACKAGE_VERSION}: CHANGELOG.md of the sources tells what is new.

 -- ${CPACK_PACKAGE_CONTACT}  ${when}
")
file(RENAME ${doc}/changelog.Debian ${doc}/changelog)
compress(${doc}/changelog)
