# Everything comes from Debian. The order matters: gRPC's package file expects Threads and Protobuf.
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED) # MODULE mode: Debian ships no config file.
find_package(absl CONFIG REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(pugixml REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
# Not called "re2": that is the name by which gRPC looks for it.
pkg_check_modules(libre2 REQUIRED IMPORTED_TARGET re2)

if(SB_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
