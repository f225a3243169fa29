#ifndef SESSIONBROKER_SERVICE_RPC_TRACE_CONTEXT_H_
#define SESSIONBROKER_SERVICE_RPC_TRACE_CONTEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sessionbroker::rpc {

// The request's header, in gRPC's spelling.
inline constexpr char kTraceParentHeader[] = "traceparent";

// The trace-id of a `traceparent` header (W3C Trace Context, level 1, 3.2): 32 lower-case hex
// digits. Empty where the header is not a valid one, which the standard wants ignored.
std::string TraceIdOf(absl::string_view traceparent);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_TRACE_CONTEXT_H_
