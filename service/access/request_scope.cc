#include "service/access/request_scope.h"

#include <cstddef>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/calls/path_check.h"
#include "service/calls/request_check.h"

namespace sessionbroker::access {
namespace {

constexpr absl::string_view kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

// "/a" is "/a" itself and what begins with "/a/".
bool IsAtOrBelow(const std::string& path, const std::string& prefix) {
  if (!absl::StartsWith(path, prefix)) return false;
  return path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/';
}

}  // namespace

absl::Status CheckMethod(absl::string_view method) {
  if (absl::c_linear_search(kMethods, method)) return absl::OkStatus();
  return absl::InvalidArgumentError("GET, POST, PUT, PATCH or DELETE");
}

absl::Status CheckPathPrefix(absl::string_view prefix) {
  const absl::Status status = calls::CheckPath(prefix);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a path from \"/\" on as it is sent (", status.message(), ")"));
}

absl::StatusOr<RequestScope> RequestScope::Create(const RequestLimits& limits) {
  RequestScope scope;
  const auto wrong = [](absl::string_view field, const absl::Status& status) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": expected ", status.message()));
  };
  for (const std::string& method : limits.methods) {
    if (const auto status = CheckMethod(method); !status.ok()) return wrong("methods", status);
  }
  for (const std::string& prefix : limits.path_prefixes) {
    if (const auto status = CheckPathPrefix(prefix); !status.ok()) {
      return wrong("path_prefixes", status);
    }
  }
  for (const auto& [name, values] : limits.parameters) {
    if (values.empty()) {
      return wrong("parameters", absl::InvalidArgumentError("at least one value"));
    }
    Parameter parameter{.name = name, .values = {}};
    for (const std::string& value : values) parameter.values.emplace_back(value);
    scope.parameters_.push_back(std::move(parameter));
  }
  scope.methods_ = limits.methods;
  scope.path_prefixes_ = limits.path_prefixes;
  return scope;
}

bool RequestScope::Covers(const calls::Request& request) const {
  return (methods_.empty() || absl::c_linear_search(methods_, request.method)) &&
         CoversPath(request.path) &&
         absl::c_all_of(parameters_, [&request](const Parameter& parameter) {
           return Covers(parameter, request);
         });
}

bool RequestScope::CoversPath(const std::string& path) const {
  return path_prefixes_.empty() ||
         absl::c_any_of(path_prefixes_,
                        [&path](const std::string& prefix) { return IsAtOrBelow(path, prefix); });
}

bool RequestScope::Covers(const Parameter& parameter, const calls::Request& request) {
  const absl::StatusOr<std::optional<std::string>> value =
      calls::RuledParameter(request, parameter.name);
  return value.ok() && value->has_value() &&
         absl::c_any_of(parameter.values,
                        [&value](const Glob& allowed) { return allowed.Matches(**value); });
}

}  // namespace sessionbroker::access
