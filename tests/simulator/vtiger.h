#ifndef SESSIONBROKER_TESTS_SIMULATOR_VTIGER_H_
#define SESSIONBROKER_TESTS_SIMULATOR_VTIGER_H_

#include <string>

#include "tests/simulator/webservice.h"

namespace sessionbroker::simulator {

// vtiger CRM 8.0 as observed: a new challenge kills the former one, each operation reads only the
// half of the request ($_GET or $_POST) that is its own, and a dead session is told apart from a
// missing one.
class VtigerFamily : public Webservice {
 public:
  explicit VtigerFamily(const Clock& clock);

 protected:
  VtigerFamily(const Clock& clock, const Settings& settings);

  Reply Answer(const Request& request) override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What a good login answers.
  virtual nlohmann::ordered_json LoginResult(const User& user, const std::string& session) const;

  static Settings DefaultSettings();

 private:
  Reply GetChallenge(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Login(const Request& request, const std::string& session)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Logout(const Request& request, const std::string& session)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply ExtendSession(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts as a use. The error that the session's state calls for, else nothing.
  std::optional<Reply> SessionError(const std::string& session)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_VTIGER_H_
