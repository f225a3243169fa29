#ifndef SESSIONBROKER_TESTS_SIMULATOR_ABMS_H_
#define SESSIONBROKER_TESTS_SIMULATOR_ABMS_H_

#include <string>

#include "tests/simulator/vtiger.h"

namespace sessionbroker::simulator {

// ABMS, a vtiger host that nobody here has seen: vtiger's behaviour with the reply shapes of its
// documentation (`sessionId`, times as text) and a list of addresses that it answers at all.
class AbmsFamily : public VtigerFamily {
 public:
  explicit AbmsFamily(const Clock& clock);

 protected:
  Reply Answer(const Request& request) override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  nlohmann::ordered_json LoginResult(const User& user, const std::string& session) const override;

 private:
  static Settings DefaultSettings();
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_ABMS_H_
