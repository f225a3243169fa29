#include "service/rpc/status_mapping.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/base/error.h"
#include "service/rpc/time_encoding.h"

namespace sessionbroker::rpc {
namespace {

// Both enumerations follow google.rpc.Code.
grpc::StatusCode ToGrpcCode(absl::StatusCode code) { return static_cast<grpc::StatusCode>(code); }

}  // namespace

std::string MessageForCallers(const absl::Status& status) {
  return base::DetailsOf(status).reason == base::Reason::kInternal
             ? "the broker failed; its log says more"
             : std::string(status.message());
}

WireError ToWireError(const absl::Status& status) {
  const base::ErrorDetails details = base::DetailsOf(status);
  const grpc::StatusCode code = ToGrpcCode(base::CodeOf(details.reason));
  const std::string message = MessageForCallers(status);

  google::rpc::Status wire;
  wire.set_code(code);
  wire.set_message(message);

  google::rpc::ErrorInfo info;
  info.set_reason(std::string(base::NameOf(details.reason)));
  info.set_domain(kErrorDomain);
  info.mutable_metadata()->insert(details.metadata.begin(), details.metadata.end());
  wire.add_details()->PackFrom(info);

  std::string pushback = "-1";
  if (details.retry_after.has_value()) {
    const absl::Duration delay = std::max(*details.retry_after, absl::ZeroDuration());
    google::rpc::RetryInfo retry;
    EncodeDuration(delay, retry.mutable_retry_delay());
    wire.add_details()->PackFrom(retry);
    pushback = absl::StrCat(absl::ToInt64Milliseconds(absl::Ceil(delay, absl::Milliseconds(1))));
  }
  return {grpc::Status(code, message, wire.SerializeAsString()), std::move(pushback)};
}

grpc::Status Refuse(const absl::Status& status, grpc::CallbackServerContext* context) {
  WireError error = ToWireError(status);
  context->AddTrailingMetadata(kRetryPushbackTrailer, error.retry_pushback_ms);
  return std::move(error.status);
}

}  // namespace sessionbroker::rpc
