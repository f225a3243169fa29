#include "client/brokerctl/arguments.h"

namespace sessionbroker::brokerctl {

CLI::Option* AddDurationOption(CLI::App* app, const std::string& name, absl::Duration* value,
                               const std::string& about) {
  return app
      ->add_option_function<std::string>(
          name,
          [name, value](const std::string& text) {
            absl::Duration parsed;
            if (!absl::ParseDuration(text, &parsed) || parsed < absl::ZeroDuration() ||
                parsed == absl::InfiniteDuration()) {
              throw CLI::ValidationError(
                  name, "wants a duration such as 90s, 5m or 1h30m, got \"" + text + "\"");
            }
            *value = parsed;
          },
          about)
      ->type_name("DURATION");
}

}  // namespace sessionbroker::brokerctl
