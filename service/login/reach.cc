#include "service/login/reach.h"

#include "absl/strings/cord.h"
#include "absl/types/optional.h"

namespace sessionbroker::login {
namespace {

// A payload of its own: metadata of base::ErrorDetails would go to callers.
constexpr char kReachUrl[] = "sessionbroker/login/reach";
constexpr char kNoAnswerText[] = "no_answer";
constexpr char kAnsweredText[] = "answered";

}  // namespace

absl::Status WithReach(absl::Status status, Reach reach) {
  if (reach == Reach::kNothingSent) return status;
  status.SetPayload(kReachUrl,
                    absl::Cord(reach == Reach::kAnswered ? kAnsweredText : kNoAnswerText));
  return status;
}

Reach ReachOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kReachUrl);
  if (!payload.has_value()) return Reach::kNothingSent;
  return *payload == kAnsweredText ? Reach::kAnswered : Reach::kNoAnswer;
}

}  // namespace sessionbroker::login
