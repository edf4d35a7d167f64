# Spack recipe of onecycle. Copyright (c) 2026 The onecycle authors, MIT License.
from spack.package import *


class Onecycle(CMakePackage):
    """Trains neural networks on CPU clusters with the 1cycle policy, with the same bits on any
    number of MPI ranks. A program and a C library."""

    license("MIT")
    # No release yet: from a checkout, by `spack dev-build onecycle@0.1.0` or `spack develop`.
    version("0.1.0")

    variant("mpi", default=True, description="Data-parallel ranks over MPI")
    variant("plots", default=True, description="gnuplot, for the plots of a run")

    depends_on("c", type="build")
    depends_on("cmake@3.22:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3:", when="+mpi")
    depends_on("openblas threads=pthreads")
    depends_on("hdf5@1.10:")
    depends_on("random123", type="build")
    depends_on("libyaml")
    depends_on("jansson")
    depends_on("xxhash")
    depends_on("libspng")
    depends_on("libjpeg-turbo")
    depends_on("libwebp")
    depends_on("libtiff@4.5:")
    depends_on("libexif")
    depends_on("giflib@5:")
    depends_on("libarchive")
    depends_on("zlib-api")
    depends_on("gnuplot", type="run", when="+plots")

    def cmake_args(self):
        return [self.define_from_variant("ONECYCLE_MPI", "mpi")]

    def setup_run_environment(self, env):
        env.set("OPENBLAS_NUM_THREADS", "1")

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def trains(self):
        onecycle = Executable(self.prefix.bin.onecycle)
        onecycle("import", "synthetic", "synthetic.h5")
