#ifndef SESSIONBROKER_TESTS_E2E_SESSION_USER_H_
#define SESSIONBROKER_TESTS_E2E_SESSION_USER_H_

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::e2e {

// Uses a session as a caller does that knows nothing of the provider but the path: sends
// `parameters` (in the query of a GET, in the form of a POST) with every attachment that matches
// the method and the constraints' User-Agent, and returns the JSON that was answered. `ca_file`
// vouches for an https provider; empty: none needed.
absl::StatusOr<nlohmann::json> Call(const v1::Session& session, const std::string& method,
                                    const std::string& path,
                                    const std::multimap<std::string, std::string>& parameters,
                                    const std::string& ca_file = "");

}  // namespace sessionbroker::e2e

#endif  // SESSIONBROKER_TESTS_E2E_SESSION_USER_H_
