#ifndef SESSIONBROKER_SERVICE_CALLS_JSON_MEMBER_H_
#define SESSIONBROKER_SERVICE_CALLS_JSON_MEMBER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::calls {

// `document` with one more member, a string, in the object that `pointer` (RFC 6901) names with all
// but its last part. Every byte of the document stays as it is; the member comes first.
// INVALID_ARGUMENT, citing nothing of the document: it is not JSON, or deeper than
// login::kMaxJsonDepth; the pointer is not UTF-8; there is no such object, or two could be it; it
// has this member already.
absl::StatusOr<secrets::WipedBytes> WithMember(absl::string_view document,
                                               absl::string_view pointer, absl::string_view value);

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_JSON_MEMBER_H_
