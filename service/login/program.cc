#include "service/login/program.h"

#include <algorithm>
#include <utility>

namespace sessionbroker::login {
Program::Program(Parts parts) : parts_(std::move(parts)) {
  for (const Step& step : parts_.steps) {
    sends_raw_ = sends_raw_ || TaintOf(step.request) == Taint::kRaw;
    sends_raw_in_url_ = sends_raw_in_url_ || TaintOfUrl(step.request) == Taint::kRaw;
  }
  if (parts_.inject.has_value()) {
    sends_raw_ = sends_raw_ || TaintOf(*parts_.inject) == Taint::kRaw;
    sends_raw_in_url_ = sends_raw_in_url_ || TaintOfUrl(*parts_.inject) == Taint::kRaw;
  }
}

absl::Span<const Step> Program::steps(Conversation conversation) const {
  const auto one = [](const std::optional<Step>& step) {
    return step.has_value() ? absl::MakeConstSpan(&*step, 1) : absl::Span<const Step>();
  };
  switch (conversation) {
    case Conversation::kLogin:
      break;
    case Conversation::kProbe:
      return one(parts_.probe);
    case Conversation::kLogout:
      return one(parts_.logout);
    case Conversation::kCall:
      return {};
  }
  return parts_.steps;
}

const SequenceTemplate& Program::sequence(absl::string_view name) const {
  return *std::find_if(parts_.sequences.begin(), parts_.sequences.end(),
                       [name](const SequenceTemplate& known) { return known.name == name; });
}

}  // namespace sessionbroker::login
