#ifndef SESSIONBROKER_SERVICE_RPC_REQUEST_CHECKS_H_
#define SESSIONBROKER_SERVICE_RPC_REQUEST_CHECKS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sessionbroker/v1/session_broker.pb.h"

// What a request must look like before anyone is asked about rights. Errors are kInvalidArgument
// and name the field, the limit and what was given, in the text and as metadata.
namespace sessionbroker::rpc {

// `request.min_validity` as a duration, zero where it is unset; provider and account are there and
// have at most 128 bytes each, min_validity lies between 0 and 10 years.
absl::StatusOr<absl::Duration> Check(const v1::GetSessionRequest& request);

// provider and account as above, a version above 0, at most 200 bytes of detail.
absl::Status Check(const v1::InvalidateSessionRequest& request);

// provider and account as above; what is to be sent is for others to check.
absl::Status Check(const v1::SignRequestRequest& request);
absl::Status Check(const v1::CallProviderRequest& request);

// provider and account as above.
absl::Status CheckAccount(const std::string& provider, const std::string& account);

// The provider, where given, has at most 128 bytes.
absl::Status Check(const v1::ListAccountsRequest& request);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_REQUEST_CHECKS_H_
