#include "client/brokerctl/provider/assignment.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace sessionbroker::brokerctl {

absl::StatusOr<Assignment> ParseAssignment(absl::string_view option, absl::string_view text) {
  const std::size_t at = text.find('=');
  if (at == 0 || at == absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        option, at == 0 ? ": there is no name before \"=\"" : ": there is no \"=\" in it"));
  }
  return Assignment{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

CLI::Option* AddAssignmentOption(CLI::App* app, const std::string& name,
                                 std::vector<std::string>* texts, const std::string& form,
                                 const std::string& about) {
  return app->add_option(name, *texts, about)->type_name(form)->allow_extra_args(false);
}

}  // namespace sessionbroker::brokerctl
