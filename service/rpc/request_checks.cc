#include "service/rpc/request_checks.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::rpc {
namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxDetailBytes = 200;
constexpr absl::Duration kMaxMinValidity = absl::Hours(24 * 365 * 10);

absl::Status FieldError(absl::string_view field, absl::string_view limit,
                        absl::string_view actual) {
  return base::MakeError({.reason = base::Reason::kInvalidArgument,
                          .retry_after = std::nullopt,
                          .metadata = {{"field", std::string(field)},
                                       {"limit", std::string(limit)},
                                       {"actual", std::string(actual)}}},
                         absl::StrCat(field, ": must be ", limit, ", got ", actual));
}

absl::Status CheckLength(absl::string_view field, const std::string& name) {
  if (name.size() <= kMaxNameBytes) return absl::OkStatus();
  return FieldError(field, absl::StrCat("at most ", kMaxNameBytes, " bytes"),
                    absl::StrCat(name.size(), " bytes"));
}

absl::Status CheckName(absl::string_view field, const std::string& name) {
  if (name.empty()) return FieldError(field, "at least 1 byte", "0 bytes");
  return CheckLength(field, name);
}

}  // namespace

absl::Status CheckAccount(const std::string& provider, const std::string& account) {
  SB_RETURN_IF_ERROR(CheckName("provider", provider));
  return CheckName("account", account);
}

absl::StatusOr<absl::Duration> Check(const v1::GetSessionRequest& request) {
  SB_RETURN_IF_ERROR(CheckAccount(request.provider(), request.account()));
  if (!request.has_min_validity()) return absl::ZeroDuration();
  const google::protobuf::Duration& given = request.min_validity();
  const absl::Duration min_validity =
      absl::Seconds(given.seconds()) + absl::Nanoseconds(given.nanos());
  // A Duration's parts have one sign, and its nanoseconds are less than a second.
  const bool valid = given.seconds() >= 0 && given.nanos() >= 0 && given.nanos() < 1000000000 &&
                     min_validity <= kMaxMinValidity;
  if (!valid) {
    return FieldError("min_validity", "between 0s and 315360000s (10 years)",
                      absl::StrCat(given.seconds(), "s and ", given.nanos(), "ns"));
  }
  return min_validity;
}

absl::Status Check(const v1::InvalidateSessionRequest& request) {
  SB_RETURN_IF_ERROR(CheckAccount(request.provider(), request.account()));
  if (request.version() <= 0) {
    return FieldError("version", "above 0", absl::StrCat(request.version()));
  }
  if (request.detail().size() > kMaxDetailBytes) {
    return FieldError("detail", absl::StrCat("at most ", kMaxDetailBytes, " bytes"),
                      absl::StrCat(request.detail().size(), " bytes"));
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::SignRequestRequest& request) {
  return CheckAccount(request.provider(), request.account());
}

absl::Status Check(const v1::CallProviderRequest& request) {
  return CheckAccount(request.provider(), request.account());
}

absl::Status Check(const v1::ListAccountsRequest& request) {
  return CheckLength("provider", request.provider());
}

}  // namespace sessionbroker::rpc
