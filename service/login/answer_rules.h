#ifndef SESSIONBROKER_SERVICE_LOGIN_ANSWER_RULES_H_
#define SESSIONBROKER_SERVICE_LOGIN_ANSWER_RULES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/login/answer.h"
#include "service/login/expression/expression.h"
#include "service/login/extract.h"
#include "service/login/source.h"

namespace sessionbroker::login {

// What an answer means to a login.
enum class Outcome {
  kOk,
  kCredentialsRejected,
  kChallengeStale,
  kSessionExpired,
  kNonceRejected,
  kLocked,
  kTransient,
  kPermanent
};

// The login starts over, once for each of them.
bool StartsOver(Outcome outcome);

// As definitions write it: "ok", "credentials_rejected", …
absl::string_view NameOf(Outcome outcome);

// A test of one value. All that is set must hold; a value that is not there satisfies only
// `absent` = true.
struct Condition {
  Source source;
  std::vector<std::string> is;
  std::vector<std::string> contains;
  std::optional<int64_t> at_least;
  std::optional<int64_t> at_most;
  std::optional<bool> absent;
};

// Conditions and what they mean together.
struct AnswerRule {
  std::vector<Condition> when;
  Outcome then = Outcome::kOk;
  // With one that starts over: what it means once the login has done so.
  Outcome after_retry = Outcome::kTransient;
  // For `wait` alone.
  std::vector<ExtractRule> extract = {};
  // With kLocked and kTransient: of type duration.
  std::optional<Expression> wait = std::nullopt;
};

bool Holds(const Condition& condition, const Answer& answer);

// The index of the first rule whose conditions all hold; nullopt: no rule knows this answer.
std::optional<std::size_t> FirstRuleThatHolds(absl::Span<const AnswerRule> rules,
                                              const Answer& answer);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ANSWER_RULES_H_
