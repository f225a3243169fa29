#include "service/http/curl_library.h"

#include <curl/curl.h>
#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "service/base/status_macros.h"
#include "service/http/curl_error.h"

namespace sessionbroker::http {
namespace {

void* Allocate(size_t size) { return std::malloc(size); }

void* AllocateZeroed(size_t count, size_t size) { return std::calloc(count, size); }

void WipeAndFree(void* block) {
  if (block == nullptr) return;
  OPENSSL_cleanse(block, malloc_usable_size(block));
  std::free(block);
}

void* Reallocate(void* block, size_t size) {
  if (block == nullptr) return std::malloc(size);
  void* larger = std::malloc(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, std::min(size, malloc_usable_size(block)));
  WipeAndFree(block);
  return larger;
}

char* Duplicate(const char* text) { return strdup(text); }

absl::Status SetUp() {
  unsetenv("SSLKEYLOGFILE");
  SB_RETURN_IF_ERROR(CheckCurl(curl_global_init_mem(CURL_GLOBAL_DEFAULT, Allocate, WipeAndFree,
                                                    Reallocate, Duplicate, AllocateZeroed),
                               "curl_global_init_mem"));
  const int features = curl_version_info(CURLVERSION_NOW)->features;
  if ((features & CURL_VERSION_SSL) == 0) {
    return absl::FailedPreconditionError("curl: the library has no TLS");
  }
  if ((features & CURL_VERSION_ASYNCHDNS) == 0) {
    return absl::FailedPreconditionError("curl: the library blocks on name look-ups");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SetUpCurl() {
  static const absl::Status* const result = new absl::Status(SetUp());
  return *result;
}

}  // namespace sessionbroker::http
