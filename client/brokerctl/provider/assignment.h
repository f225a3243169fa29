#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_ASSIGNMENT_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_ASSIGNMENT_H_

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::brokerctl {

// "NAME=VALUE" of an option, parted at the first "=".
struct Assignment {
  std::string name;
  std::string value;
};

// INVALID_ARGUMENT, which names `option` and not the value, where there is no "=" or no name.
absl::StatusOr<Assignment> ParseAssignment(absl::string_view option, absl::string_view text);

// An option that takes one such text each time it is given.
CLI::Option* AddAssignmentOption(CLI::App* app, const std::string& name,
                                 std::vector<std::string>* texts, const std::string& form,
                                 const std::string& about);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_ASSIGNMENT_H_
