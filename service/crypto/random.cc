#include "service/crypto/random.h"

#include <openssl/rand.h>

#include "service/crypto/openssl.h"

namespace sessionbroker::crypto {
namespace {

class OpensslRandom final : public RandomSource {
 public:
  absl::Status Fill(absl::Span<char> out) override {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) !=
        1) {
      return OpensslError("random bytes");
    }
    return absl::OkStatus();
  }
};

}  // namespace

RandomSource& SystemRandom() {
  static OpensslRandom source;
  return source;
}

}  // namespace sessionbroker::crypto
