#!/bin/bash
# deb.sh [BUILD [CMAKE-OPTION]...] - build onecycle with the flags of this Debian (hardening), and make
# of it BUILD/onecycle_VERSION_ARCH.deb and a source tarball; then lintian, if it is there. BUILD is
# build-deb unless given. The package names its maintainer: packaging/contact.cmake says where that
# comes from. Not a Debian source package.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build-deb}
[ $# = 0 ] || shift
export DEB_BUILD_MAINT_OPTIONS=hardening=+all
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX=/usr \
    -DCMAKE_C_FLAGS="$(dpkg-buildflags --get CFLAGS) $(dpkg-buildflags --get CPPFLAGS) -DNDEBUG" \
    -DCMAKE_EXE_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS)" \
    -DCMAKE_SHARED_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS)" "$@"
cmake -DCONFIG="$(realpath "$build")/CPackConfig.cmake" -P packaging/contact.cmake # now, not after the build
cmake --build "$build" -j "$(nproc)"
(cd "$build" && cpack -G DEB && cpack --config CPackSourceConfig.cmake)
if command -v lintian >/dev/null; then
    lintian --fail-on error "$build"/onecycle_*.deb
fi
