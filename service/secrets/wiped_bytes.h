#ifndef SESSIONBROKER_SERVICE_SECRETS_WIPED_BYTES_H_
#define SESSIONBROKER_SERVICE_SECRETS_WIPED_BYTES_H_

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sessionbroker::secrets {

// Allocates as std::allocator does and wipes what it frees.
template <typename T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <typename U>
  WipingAllocator(const WipingAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
  void deallocate(T* p, std::size_t n) {
    OPENSSL_cleanse(p, n * sizeof(T));
    std::allocator<T>().deallocate(p, n);
  }

  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

// Bytes on the heap that are wiped when freed or grown, for values on their way to a request.
using WipedBytes = std::vector<char, WipingAllocator<char>>;

// Valid until `bytes` changes.
inline absl::string_view View(const WipedBytes& bytes) {
  return absl::string_view(bytes.data(), bytes.size());
}

inline void Append(absl::string_view text, WipedBytes& out) {
  out.insert(out.end(), text.begin(), text.end());
}

// For text that a library has made of a secret.
inline void AppendAndWipe(std::string text, WipedBytes& out) {
  Append(text, out);
  OPENSSL_cleanse(text.data(), text.size());
}

}  // namespace sessionbroker::secrets

#endif  // SESSIONBROKER_SERVICE_SECRETS_WIPED_BYTES_H_
