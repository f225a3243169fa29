#ifndef SESSIONBROKER_TESTS_SIMULATOR_COREBOS_H_
#define SESSIONBROKER_TESTS_SIMULATOR_COREBOS_H_

#include <string>

#include "tests/simulator/webservice.h"

namespace sessionbroker::simulator {

// coreBOS 5.5 as observed: one challenge for two hours, every parameter from query, form or JSON
// alike, sessions bound to their User-Agent, cookies that revive an old session id, and one code
// for every kind of missing login.
class CorebosFamily : public Webservice {
 public:
  explicit CorebosFamily(const Clock& clock);

  std::string Operation(const Request& request) const override;

 protected:
  Reply Answer(const Request& request) override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string SessionIn(const Request& request) const override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

 private:
  Reply GetChallenge(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Login(const Request& request, const std::string& session)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Logout(const std::string& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply WithSession(const Request& request, const std::string& operation,
                    const std::string& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts as a use, and destroys a session that another User-Agent touches.
  bool Alive(const std::string& session, const std::string& user_agent)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_COREBOS_H_
