#include "service/login/answer_rules.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "service/login/integer.h"

namespace sessionbroker::login {

absl::string_view NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kCredentialsRejected:
      return "credentials_rejected";
    case Outcome::kChallengeStale:
      return "challenge_stale";
    case Outcome::kSessionExpired:
      return "session_expired";
    case Outcome::kNonceRejected:
      return "nonce_rejected";
    case Outcome::kLocked:
      return "locked";
    case Outcome::kTransient:
      return "transient";
    case Outcome::kPermanent:
      return "permanent";
  }
  return "";
}

bool StartsOver(Outcome outcome) {
  return outcome == Outcome::kChallengeStale || outcome == Outcome::kSessionExpired ||
         outcome == Outcome::kNonceRejected;
}

bool Holds(const Condition& condition, const Answer& answer) {
  const JsonValue* value = answer.Find(condition.source);
  if (value == nullptr) return condition.absent == true;
  if (condition.absent == true) return false;
  if (value->kind == JsonValue::Kind::kContainer) {
    return condition.is.empty() && condition.contains.empty() && !condition.at_least.has_value() &&
           !condition.at_most.has_value();
  }
  const std::string& text = value->text;
  if (!condition.is.empty() &&
      std::find(condition.is.begin(), condition.is.end(), text) == condition.is.end()) {
    return false;
  }
  if (!condition.contains.empty() &&
      std::none_of(condition.contains.begin(), condition.contains.end(),
                   [&](const std::string& part) { return absl::StrContains(text, part); })) {
    return false;
  }
  if (!condition.at_least.has_value() && !condition.at_most.has_value()) return true;
  const std::optional<int64_t> number = ParseInteger(text);
  return number.has_value() && number >= condition.at_least.value_or(*number) &&
         number <= condition.at_most.value_or(*number);
}

std::optional<std::size_t> FirstRuleThatHolds(absl::Span<const AnswerRule> rules,
                                              const Answer& answer) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::vector<Condition>& when = rules[i].when;
    if (std::all_of(when.begin(), when.end(),
                    [&](const Condition& condition) { return Holds(condition, answer); })) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace sessionbroker::login
