# sb_library, sb_binary, sb_test: one call a target, the same warnings everywhere.

add_library(sb_options INTERFACE)
target_compile_options(
  sb_options
  INTERFACE -pthread # spdlog asks for it: everywhere or nowhere, or tests could not share a precompiled header
            -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
            $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wthread-safety-beta>)
target_include_directories(sb_options INTERFACE ${PROJECT_SOURCE_DIR})
find_program(SB_MOLD mold) # Several times as fast as the system's linker; without it everything works the same.
if(SB_MOLD)
  target_link_options(sb_options INTERFACE -fuse-ld=mold)
endif()
# What sanitizers look at, a target links as ${SB_INSTRUMENTED}: the product with all of them. tests/ takes
# sb_instrumented_tests, which leaves out what doubles the time that a test takes to compile.
add_library(sb_instrumented INTERFACE)
add_library(sb_instrumented_tests INTERFACE)
set(SB_INSTRUMENTED sb_instrumented)
if(SB_SANITIZE)
  # protobuf and Abseil lay out some types differently under __SANITIZE_THREAD__. Debian's libraries are
  # built without it, and what we share with them must look the same to both.
  target_compile_options(sb_options INTERFACE -fno-omit-frame-pointer -U__SANITIZE_THREAD__)
  target_link_options(sb_options INTERFACE -fsanitize=${SB_SANITIZE})
  target_compile_options(sb_instrumented INTERFACE -fsanitize=${SB_SANITIZE} -fno-sanitize-recover=all)
  string(REGEX REPLACE ",undefined" "" without_undefined ${SB_SANITIZE})
  target_compile_options(sb_instrumented_tests INTERFACE -fsanitize=${without_undefined})
  if(SB_SANITIZE STREQUAL "thread")
    # libstdc++ asks the same macro whether std::shared_ptr may do without what ThreadSanitizer understands.
    target_compile_definitions(sb_options INTERFACE _GLIBCXX_TSAN=1)
  endif()
endif()
if(SB_FUZZ)
  target_compile_options(sb_instrumented INTERFACE -fsanitize=fuzzer-no-link)
endif()

# sb_library(NAME name [HDRS …] [SRCS …] [DEPS …]): the target is sb::name.
function(sb_library)
  cmake_parse_arguments(ARG "" "NAME" "HDRS;SRCS;DEPS" ${ARGN})
  if(ARG_SRCS)
    add_library(sb_${ARG_NAME} STATIC ${ARG_SRCS})
    target_link_libraries(sb_${ARG_NAME} PRIVATE ${SB_INSTRUMENTED})
    set(scope PUBLIC)
  else()
    add_library(sb_${ARG_NAME} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(sb::${ARG_NAME} ALIAS sb_${ARG_NAME})
  # foo.h compiles on its own because foo.cc includes it first, which layering_test sees to; the other
  # headers are compiled by all_verify_interface_header_sets.
  set(alone ${ARG_HDRS})
  list(TRANSFORM ARG_SRCS REPLACE "\\.cc$" ".h" OUTPUT_VARIABLE with_source)
  list(REMOVE_ITEM alone ${with_source})
  target_sources(sb_${ARG_NAME} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${alone})
  target_link_libraries(sb_${ARG_NAME} ${scope} sb_options ${ARG_DEPS})
endfunction()

# sb_binary(NAME name SRCS … [DEPS …])
function(sb_binary)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE sb_options ${SB_INSTRUMENTED} ${ARG_DEPS})
endfunction()

# Everything that the thread-sanitizer lane builds.
add_custom_target(concurrent_tests)

# sb_test(NAME foo_test SRCS … [DEPS …] [LABELS …]): one ctest test a file. Label `concurrent` puts it in
# the thread-sanitizer lane, `no_sanitizer` out of the sanitizer lanes.
function(sb_test)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;LABELS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE sb_options ${SB_INSTRUMENTED} GTest::gmock GTest::gtest_main
                                            ${ARG_DEPS})
  target_precompile_headers(${ARG_NAME} REUSE_FROM sb_precompiled)
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if("concurrent" IN_LIST ARG_LABELS)
    add_dependencies(concurrent_tests ${ARG_NAME})
  endif()
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 120)
endfunction()

# sb_proto_library(NAME name PROTOS … [GRPC] [DEPS …]): protos are named relative to proto/, or to
# where Debian keeps gRPC's.
function(sb_proto_library)
  cmake_parse_arguments(ARG "GRPC" "NAME" "PROTOS;DEPS" ${ARGN})
  set(out ${PROJECT_BINARY_DIR}/proto)
  set(generated)
  foreach(proto ${ARG_PROTOS})
    find_file(source ${proto} PATHS ${PROJECT_SOURCE_DIR}/proto ${SB_GRPC_PROTO_DIR}
              NO_DEFAULT_PATH NO_CACHE REQUIRED)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(files ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(args --cpp_out=${out})
    if(ARG_GRPC)
      list(APPEND files ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
      list(APPEND args --grpc_out=${out} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(
      OUTPUT ${files}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
      COMMAND protobuf::protoc ${args} -I ${PROJECT_SOURCE_DIR}/proto -I ${SB_GRPC_PROTO_DIR} ${proto}
      DEPENDS ${source}
      COMMENT "protoc ${proto}"
      VERBATIM)
    unset(source)
    list(APPEND generated ${files})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY SB_GENERATED_SOURCES ${generated})
  add_library(sb_${ARG_NAME} STATIC ${generated})
  add_library(sb::${ARG_NAME} ALIAS sb_${ARG_NAME})
  target_include_directories(sb_${ARG_NAME} SYSTEM PUBLIC ${out})
  set_target_properties(sb_${ARG_NAME} PROPERTIES UNITY_BUILD OFF) # Generated names repeat.
  target_compile_features(sb_${ARG_NAME} PUBLIC cxx_std_20)
  target_link_libraries(sb_${ARG_NAME} PUBLIC protobuf::libprotobuf ${ARG_DEPS})
  if(ARG_GRPC)
    target_link_libraries(sb_${ARG_NAME} PUBLIC gRPC::grpc++)
  endif()
endfunction()
