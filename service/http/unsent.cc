#include "service/http/unsent.h"

#include "absl/strings/cord.h"

namespace sessionbroker::http {
namespace {

constexpr char kUnsentUrl[] = "sessionbroker/unsent";

}  // namespace

absl::Status MarkUnsent(absl::Status status) {
  status.SetPayload(kUnsentUrl, absl::Cord());
  return status;
}

bool IsUnsent(const absl::Status& status) { return status.GetPayload(kUnsentUrl).has_value(); }

}  // namespace sessionbroker::http
