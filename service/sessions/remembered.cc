#include "service/sessions/remembered.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/sessions/record_layout.h"
#include "sessionbroker/state/v1/account.pb.h"

namespace sessionbroker::sessions {
namespace {

using StoredAccount = state::v1::Account;

constexpr RecordLayout kAccountLayout = {"account", 1};

absl::Status DamagedAccount() { return absl::DataLossError("it is damaged"); }

void StoreCause(const absl::Status& cause, StoredAccount::Cause* stored) {
  const base::ErrorDetails details = base::DetailsOf(cause);
  stored->set_reason(std::string(base::NameOf(details.reason)));
  stored->set_message(std::string(cause.message()));
  if (details.retry_after.has_value()) {
    stored->set_retry_after(absl::ToInt64Nanoseconds(*details.retry_after));
  }
  stored->mutable_metadata()->insert(details.metadata.begin(), details.metadata.end());
}

// Nothing for a reason that is not known here.
std::optional<absl::Status> CauseOf(const StoredAccount::Cause& stored) {
  for (const base::Reason reason : base::AllReasons()) {
    if (stored.reason() != base::NameOf(reason)) continue;
    base::ErrorDetails details;
    details.reason = reason;
    if (stored.has_retry_after()) details.retry_after = absl::Nanoseconds(stored.retry_after());
    details.metadata.insert(stored.metadata().begin(), stored.metadata().end());
    return base::MakeError(details, stored.message());
  }
  return std::nullopt;
}

absl::StatusOr<LoginBudget> BudgetOf(const StoredAccount& stored, const RecordTimes& times) {
  std::vector<LoginBudget::Spent> spent;
  for (const auto& login : stored.logins()) {
    if (login.kind() != StoredAccount::Login::KIND_FIRST &&
        login.kind() != StoredAccount::Login::KIND_RENEWAL) {
      return DamagedAccount();
    }
    const bool first = login.kind() == StoredAccount::Login::KIND_FIRST;
    spent.push_back(
        {.at = times.Past(login.at()), .kind = first ? LoginKind::kFirst : LoginKind::kRenewal});
  }
  return LoginBudget(std::move(spent));
}

}  // namespace

bool IsNothing(const Remembered& remembered) {
  return remembered.budget.spent().empty() && !remembered.backing_off.has_value() &&
         !remembered.latch.has_value();
}

std::string EncodeRemembered(const Remembered& remembered, const Present& now) {
  StoredAccount stored;
  SetMoment(now, stored.mutable_saved());
  for (const LoginBudget::Spent& spent : remembered.budget.spent()) {
    auto* const login = stored.add_logins();
    login->set_at(NanosecondsOf(spent.at));
    login->set_kind(spent.kind == LoginKind::kFirst ? StoredAccount::Login::KIND_FIRST
                                                    : StoredAccount::Login::KIND_RENEWAL);
  }
  if (remembered.backing_off.has_value()) {
    auto* const backing_off = stored.mutable_backing_off();
    backing_off->set_failures(remembered.backing_off->failures);
    backing_off->set_until(NanosecondsOf(remembered.backing_off->until));
    StoreCause(remembered.backing_off->cause, backing_off->mutable_cause());
  }
  if (remembered.latch.has_value()) {
    auto* const latch = stored.mutable_latch();
    latch->set_fingerprint(std::string(remembered.latch->fingerprint.bytes()));
    StoreCause(remembered.latch->cause, latch->mutable_cause());
    latch->set_since(absl::ToUnixNanos(remembered.latch->since));
  }
  return absl::StrCat(LayoutLine(kAccountLayout), stored.SerializeAsString());
}

absl::StatusOr<Remembered> DecodeRemembered(absl::string_view record, const Present& now) {
  SB_RETURN_IF_ERROR(TakeLayoutLine(kAccountLayout, &record));
  StoredAccount stored;
  if (!stored.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
    return DamagedAccount();
  }
  const RecordTimes times(stored.saved(), now);
  Remembered remembered;
  SB_ASSIGN_OR_RETURN(remembered.budget, BudgetOf(stored, times));
  if (stored.has_backing_off()) {
    std::optional<absl::Status> cause = CauseOf(stored.backing_off().cause());
    if (!cause.has_value()) return DamagedAccount();
    remembered.backing_off = BackingOff{.failures = stored.backing_off().failures(),
                                        .until = times.At(stored.backing_off().until()),
                                        .cause = *std::move(cause)};
  }
  if (stored.has_latch()) {
    const std::optional<Fingerprint> fingerprint =
        Fingerprint::FromBytes(stored.latch().fingerprint());
    std::optional<absl::Status> cause = CauseOf(stored.latch().cause());
    if (!fingerprint.has_value() || !cause.has_value()) return DamagedAccount();
    remembered.latch = Latch{.fingerprint = *fingerprint,
                             .cause = *std::move(cause),
                             .since = absl::FromUnixNanos(stored.latch().since())};
  }
  return remembered;
}

}  // namespace sessionbroker::sessions
