# cpack.cmake - `cpack -G DEB` in a build folder makes onecycle_VERSION_ARCH.deb of what
# `cmake --install` installs, `cpack --config CPackSourceConfig.cmake` a source tarball. What Debian's
# policy asks for besides is in deb_files.cmake; packaging/deb.sh does all of it. Not a Debian source
# package.
set(CPACK_PACKAGE_NAME onecycle)
set(CPACK_PACKAGE_VENDOR "The onecycle authors")
set(ONECYCLE_MAINTAINER "" CACHE STRING "of the .deb: \"Name <address>\"; empty: packaging/contact.cmake asks")
if(ONECYCLE_MAINTAINER)
  set(CPACK_PACKAGE_CONTACT "${ONECYCLE_MAINTAINER}")
endif()
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/contact.cmake)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "trainer for neural networks on CPU clusters")
set(CPACK_PACKAGE_DESCRIPTION
  "Trains neural networks by data-parallel MPI ranks from a YAML recipe, with the
1cycle policy and other learning rate schedules. The weights are the same bits
on any number of ranks, and a run that was stopped and resumed is the run that
never was. Program, C library, recipes of known data sets and Slurm scripts.")
set(CPACK_STRIP_FILES ON)

set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/triggers)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox")
if(ONECYCLE_MPI AND MPI_C_LIBRARIES MATCHES "mpich")
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "mpich")
  set(CPACK_DEBIAN_PACKAGE_SUGGESTS "gcc, pkg-config, libmpich-dev")
elseif(ONECYCLE_MPI) # mpirun: after `dpkg -i`, apt adds what a package depends on and nothing else
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "openmpi-bin")
  set(CPACK_DEBIAN_PACKAGE_SUGGESTS "gcc, pkg-config, libopenmpi-dev")
endif()
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/deb_files.cmake)

set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME onecycle-${PROJECT_VERSION})
# Anchored to the sources: these may lie in a folder called build or runs themselves.
string(REGEX REPLACE "([][+.*()^$?|\\\\])" "\\\\\\1" here "${PROJECT_SOURCE_DIR}")
set(CPACK_SOURCE_IGNORE_FILES "^${here}/\\.git(/|$)" "^${here}/build[^/]*/" "^${here}/runs/"
  "^${here}/\\.cache/" "^${here}/compile_commands\\.json$" "^${here}/datasets/.*\\.tar\\.gz$"
  "^${here}/.*\\.h5$" "^${here}/datasets/.*-ubyte(\\.gz)?$")
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
