#ifndef SESSIONBROKER_SERVICE_CALLS_REQUEST_CHECK_H_
#define SESSIONBROKER_SERVICE_CALLS_REQUEST_CHECK_H_

#include <cstddef>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/calls/request.h"

namespace sessionbroker::calls {

// Bounds on a caller's request.
struct RequestLimits {
  // Query parameters and fields of a form, together.
  std::size_t max_parameters = 1000;
  std::size_t max_headers = 64;
  // Names and values of all query parameters; of all headers.
  std::size_t max_query_bytes = 8 * 1024;
  std::size_t max_header_bytes = 16 * 1024;
  // The raw bytes, or names and values of all fields of the form.
  std::size_t max_body_bytes = std::size_t{1} << 20;
};

// What of a request is the broker's alone to set: what session or signature adds to it.
class ReservedNames {
 public:
  void AddParameter(absl::string_view name);
  void AddHeader(absl::string_view name);

  // As servers read names: see CanonicalParameter.
  bool HasParameter(absl::string_view name) const;
  // Without case, "_" as "-": servers that hand headers on as variables read them alike.
  bool HasHeader(absl::string_view name) const;

 private:
  std::set<std::string> parameters_;
  std::set<std::string> headers_;
};

// What some server takes the name of a parameter for: lower-case, without spaces in front, "." and
// " " as "_", ended by "[" or NUL. PHP, which reads "session.name[]" as "session_name", is the
// measure.
std::string CanonicalParameter(absl::string_view name);

// Ok where `request` says nothing else to any server than what it says to the broker, is no more
// than `limits` allow, and sets nothing of `reserved`. kInvalidArgument otherwise, with field,
// limit and actual and no value:
//   method   not GET, POST, PUT, PATCH or DELETE
//   path     as CheckPath
//   query and form   too many or too large; a reserved name; "_method", which some frameworks take
//            for the method
//   headers  too many or too large; a name that is no token, a control character in a value; one
//            that frames the message or belongs to the connection (Host, Content-Length, …); one
//            that carries credentials (Cookie, and whatever has "authorization" in its name); one
//            that tells servers of another method, path, host or client (X-HTTP-Method-Override,
//            X-Original-URL, X-Forwarded-For, …); a reserved name; a second Content-Type, or one
//            beside a form
//   body     too large; any with GET
absl::Status CheckRequest(const Request& request, const ReservedNames& reserved,
                          const RequestLimits& limits);

// The value of the parameter `name`, for a rule that looks at it; nullopt: it is not there.
// kInvalidArgument where servers could see another value than the rule: it occurs twice, in query
// or form or both; under a name that some server takes for it ("name[]"); or a raw body could hold
// it.
absl::StatusOr<std::optional<std::string>> RuledParameter(const Request& request,
                                                          absl::string_view name);

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_REQUEST_CHECK_H_
