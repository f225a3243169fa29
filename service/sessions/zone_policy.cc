#include "service/sessions/zone_policy.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::sessions {
namespace {

absl::Status CheckPercent(absl::string_view field, int actual, int limit) {
  if (actual >= 0 && actual <= limit) return absl::OkStatus();
  return base::MakeError(base::Reason::kInvalidArgument,
                         absl::StrCat(field, ": from 0 to ", limit, ", got ", actual));
}

absl::Status CheckDuration(absl::string_view field, absl::Duration actual) {
  if (actual >= absl::ZeroDuration()) return absl::OkStatus();
  return base::MakeError(base::Reason::kInvalidArgument,
                         absl::StrCat(field, ": at least 0, got ", absl::FormatDuration(actual)));
}

// FNV-1a, 64 bits.
uint64_t Fold(uint64_t hash, absl::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

absl::Status Check(const ZonePolicy& policy) {
  SB_RETURN_IF_ERROR(CheckPercent("advisory_percent", policy.advisory_percent, 100));
  SB_RETURN_IF_ERROR(
      CheckPercent("early_percent", policy.early_percent, 100 - policy.advisory_percent));
  SB_RETURN_IF_ERROR(
      CheckPercent("mandatory_percent", policy.mandatory_percent, policy.advisory_percent));
  SB_RETURN_IF_ERROR(CheckPercent("margin_percent", policy.margin_percent, 99));
  SB_RETURN_IF_ERROR(CheckDuration("mandatory_at_most", policy.mandatory_at_most));
  return CheckDuration("margin_at_most", policy.margin_at_most);
}

uint16_t EarlyShareOf(base::AccountIdView account) {
  uint64_t hash = Fold(0xcbf29ce484222325, account.provider);
  hash = Fold(hash, absl::string_view("\0", 1));
  hash = Fold(hash, account.account);
  // MurmurHash3's finalizer: names that differ in their last letter alone are spread too.
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  hash ^= hash >> 33;
  return static_cast<uint16_t>(hash >> 48);
}

}  // namespace sessionbroker::sessions
