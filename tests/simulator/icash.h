#ifndef SESSIONBROKER_TESTS_SIMULATOR_ICASH_H_
#define SESSIONBROKER_TESTS_SIMULATOR_ICASH_H_

#include <cstdint>
#include <string>
#include <unordered_map>

#include "tests/simulator/family_state.h"

namespace sessionbroker::simulator {

// iCash / NAP as documented: POST /clientapi/v1/login and, with the session in `ses`,
// /clientapi/v1/getoperation, each signed and each with a nonce above all that arrived for that
// api_key before. Counts what it answers "Authentication Error" by its cause: `unknown_key`,
// `nonce_not_risen`, `wrong_signature`, `wrong_session`.
class IcashFamily : public FamilyState {
 public:
  explicit IcashFamily(const Clock& clock);

  bool Serves(absl::string_view resource) const override;
  std::string Operation(const Request& request) const override;
  void Arrive(Request& request) override ABSL_LOCKS_EXCLUDED(mutex_);
  void KillSessions(SessionEnd end, const std::string& user) override ABSL_LOCKS_EXCLUDED(mutex_);
  // There are none.
  void ExpireChallenges() override {}

 protected:
  Reply Answer(const Request& request) override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string SessionIn(const Request& request) const override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

 private:
  struct Session {
    std::string api_key;
    absl::Time last_use;
  };

  Reply Login(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply GetOperation(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Success(const Request& request, const std::string& name, const std::string& value)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Failure(const Request& request, const std::string& message, const std::string& outcome)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The nonce sent, or what the settings have in its place.
  std::string Echo(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::unordered_map<std::string, int64_t> nonces_ ABSL_GUARDED_BY(mutex_);  // By api_key.
  std::unordered_map<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_ICASH_H_
