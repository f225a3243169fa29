#ifndef SESSIONBROKER_SERVICE_SECRETS_ENVIRONMENT_SECRETS_H_
#define SESSIONBROKER_SERVICE_SECRETS_ENVIRONMENT_SECRETS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "service/secrets/secret.h"

namespace sessionbroker::secrets {

// Takes secrets out of the process's environment and keeps them: after that they are neither in
// /proc/PID/environ nor in the environment of a child. Not thread-safe, and it changes the
// environment: make one at the beginning of the process and take all there is to take before any
// thread starts.
class EnvironmentSecrets {
 public:
  // The value of the variable, the same one each time. NOT_FOUND if there is none,
  // FAILED_PRECONDITION if it is empty.
  absl::StatusOr<Secret> Take(const std::string& name);

  // From now on only what has been taken is there, and Take does not touch the environment: other
  // threads may run. Another variable is FAILED_PRECONDITION.
  void Close() { closed_ = true; }

 private:
  bool closed_ = false;
  std::map<std::string, Secret> taken_;
};

}  // namespace sessionbroker::secrets

#endif  // SESSIONBROKER_SERVICE_SECRETS_ENVIRONMENT_SECRETS_H_
