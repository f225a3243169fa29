#ifndef SESSIONBROKER_SERVICE_CRYPTO_RANDOM_H_
#define SESSIONBROKER_SERVICE_CRYPTO_RANDOM_H_

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace sessionbroker::crypto {

// Where random bytes come from. Thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;

  // Overwrites all of `out`. INTERNAL if it cannot; `out` is of no use then.
  virtual absl::Status Fill(absl::Span<char> out) = 0;
};

// OpenSSL's generator, fit for nonces and keys. Lives as long as the process.
RandomSource& SystemRandom();

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_RANDOM_H_
