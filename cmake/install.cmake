# install.cmake - what `cmake --install` puts where. Everything is found from where it lies, so a
# tree may be moved as a whole.
include(CMakePackageConfigHelpers)
set(data ${CMAKE_INSTALL_DATADIR}/onecycle)
set(config ${CMAKE_INSTALL_LIBDIR}/cmake/onecycle)

# The program: bin/onecycle starts ../libexec/onecycle/onecycle (src/cli/start/start.c).
install(TARGETS onecycle RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}/../libexec/onecycle)

# The library, for compilers, pkg-config and CMake.
install(TARGETS library EXPORT onecycleTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS core ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/onecycle DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")

install(EXPORT onecycleTargets NAMESPACE onecycle:: DESTINATION ${config})
configure_package_config_file(cmake/onecycleConfig.cmake.in
  ${PROJECT_BINARY_DIR}/generated/onecycleConfig.cmake INSTALL_DESTINATION ${config}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/generated/onecycleConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/generated/onecycleConfig.cmake
  ${PROJECT_BINARY_DIR}/generated/onecycleConfigVersion.cmake DESTINATION ${config})

# What a program that links libonecycle.a needs besides, as shared libraries: pkg-config --static.
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" up "${up}")
set(static_libraries ${HDF5_C_LIBRARIES})
list(FILTER static_libraries INCLUDE REGEX "libhdf5[^/]*$") # it brings what it needs itself
if(ONECYCLE_MPI)
  list(APPEND static_libraries ${MPI_C_LIBRARIES})
endif()
list(APPEND static_libraries ${GIF_LIBRARIES})
foreach(package BLAS YAML JANSSON XXHASH SPNG JPEG WEBP TIFF EXIF ARCHIVE ZLIB)
  list(APPEND static_libraries ${${package}_LDFLAGS})
endforeach()
list(JOIN static_libraries " " static_libraries)
configure_file(cmake/onecycle.pc.in ${PROJECT_BINARY_DIR}/generated/onecycle.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/generated/onecycle.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Examples, recipes of known data sets, batch scripts.
install(DIRECTORY examples/ DESTINATION ${data}/examples)
install(DIRECTORY datasets slurm DESTINATION ${data} USE_SOURCE_PERMISSIONS # not what fetch.sh fetched
  FILES_MATCHING PATTERN "*.yaml" PATTERN "*.sh" PATTERN "*.sbatch" PATTERN "README.md")
