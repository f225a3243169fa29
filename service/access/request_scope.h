#ifndef SESSIONBROKER_SERVICE_ACCESS_REQUEST_SCOPE_H_
#define SESSIONBROKER_SERVICE_ACCESS_REQUEST_SCOPE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/glob.h"
#include "service/calls/request.h"

namespace sessionbroker::access {

// Which requests a rule lets a caller have signed or sent, as the configuration writes it. What is
// empty limits nothing.
struct RequestLimits {
  // Upper-case, such as "GET".
  std::vector<std::string> methods = {};
  // Each begins with "/". "/a" is the path "/a" and all below it, "/a/" only what is below.
  std::vector<std::string> path_prefixes = {};
  // By the parameter's name: what its value may be, "*" for any run of characters. Such a parameter
  // must be there, once.
  std::map<std::string, std::vector<std::string>> parameters = {};
};

// INVALID_ARGUMENT, with what was expected: GET, POST, PUT, PATCH or DELETE.
absl::Status CheckMethod(absl::string_view method);

// INVALID_ARGUMENT, with what was expected: a path by calls::CheckPath.
absl::Status CheckPathPrefix(absl::string_view prefix);

// The same, to be asked. Immutable.
class RequestScope {
 public:
  // INVALID_ARGUMENT, which names the field, for a method or prefix that is refused above, and a
  // parameter without values.
  static absl::StatusOr<RequestScope> Create(const RequestLimits& limits);

  // Counts only for what calls::CheckRequest lets pass, before or after, as no server reads another
  // request in that.
  bool Covers(const calls::Request& request) const;

 private:
  struct Parameter {
    std::string name;
    std::vector<Glob> values;
  };

  RequestScope() = default;

  bool CoversPath(const std::string& path) const;
  static bool Covers(const Parameter& parameter, const calls::Request& request);

  std::vector<std::string> methods_;
  std::vector<std::string> path_prefixes_;
  std::vector<Parameter> parameters_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_REQUEST_SCOPE_H_
