#ifndef SESSIONBROKER_SERVICE_LOGIN_NO_RANDOMNESS_H_
#define SESSIONBROKER_SERVICE_LOGIN_NO_RANDOMNESS_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "service/crypto/random.h"

namespace sessionbroker::login {

// For what must be the same each time: whoever wants random bytes is told why there are none.
class NoRandomness final : public crypto::RandomSource {
 public:
  // `why` must outlive it.
  explicit NoRandomness(const char* why) : why_(why) {}

  absl::Status Fill(absl::Span<char> /*out*/) override {
    return absl::FailedPreconditionError(why_);
  }

 private:
  const char* const why_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_NO_RANDOMNESS_H_
