#include "service/sessions/watch_view.h"

#include <type_traits>
#include <utility>

#include "service/base/error.h"

namespace sessionbroker::sessions {
namespace {

bool TellTheSame(const Outage& a, const Outage& b) {
  const base::ErrorDetails of_a = base::DetailsOf(a.cause);
  const base::ErrorDetails of_b = base::DetailsOf(b.cause);
  return of_a.reason == of_b.reason && of_a.metadata == of_b.metadata && a.retry_at == b.retry_at;
}

bool TellTheSame(const SessionPtr& a, const SessionPtr& b) {
  return a == b || a->encoded == b->encoded;
}

bool TellTheSame(const Unsettled& /*a*/, const Unsettled& /*b*/) { return true; }

}  // namespace

View ViewOf(const AccountState& state, const Question& question, const AccountPolicy& policy) {
  if (SessionPtr session = LiveIn(state, question.now);
      session != nullptr && state.held->trust == Trust::kGood) {
    return session;
  }
  if (WaitersIn(state.activity) != nullptr) return Unsettled{};
  Decision decision = Decide(state, question, policy);
  if (auto* hand_out = std::get_if<HandOut>(&decision)) return std::move(hand_out->session);
  if (auto* refuse = std::get_if<Refuse>(&decision)) return Outage{.cause = refuse->error};
  return Unsettled{};
}

bool TellTheSame(const View& a, const View& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&b](const auto& of_a) {
        return TellTheSame(of_a, std::get<std::decay_t<decltype(of_a)>>(b));
      },
      a);
}

bool IsExtension(const View& a, const View& b) {
  const auto* const of_a = std::get_if<SessionPtr>(&a);
  const auto* const of_b = std::get_if<SessionPtr>(&b);
  return of_a != nullptr && of_b != nullptr && (*of_a)->version == (*of_b)->version &&
         (*of_a)->obtained_at == (*of_b)->obtained_at && (*of_a)->expires_at < (*of_b)->expires_at;
}

}  // namespace sessionbroker::sessions
