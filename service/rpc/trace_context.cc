#include "service/rpc/trace_context.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"

namespace sessionbroker::rpc {
namespace {

// "00-" trace-id "-" parent-id "-" flags.
constexpr std::size_t kVersionEnd = 2;
constexpr std::size_t kTraceIdEnd = kVersionEnd + 1 + 32;
constexpr std::size_t kParentIdEnd = kTraceIdEnd + 1 + 16;
constexpr std::size_t kLength = kParentIdEnd + 1 + 2;

bool IsHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
  });
}

bool IsZero(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

}  // namespace

std::string TraceIdOf(absl::string_view traceparent) {
  if (traceparent.size() < kLength) return "";
  const auto field = [traceparent](std::size_t before, std::size_t end) {
    return traceparent.substr(before + 1, end - before - 1);
  };
  const absl::string_view version = traceparent.substr(0, kVersionEnd);
  const absl::string_view trace_id = field(kVersionEnd, kTraceIdEnd);
  const absl::string_view parent_id = field(kTraceIdEnd, kParentIdEnd);
  const absl::string_view flags = field(kParentIdEnd, kLength);
  // Later versions may go on behind a further dash; "ff" is no version.
  const bool ends =
      traceparent.size() == kLength || (version != "00" && traceparent[kLength] == '-');
  const bool valid = ends && version != "ff" && traceparent[kVersionEnd] == '-' &&
                     traceparent[kTraceIdEnd] == '-' && traceparent[kParentIdEnd] == '-' &&
                     IsHex(version) && IsHex(trace_id) && IsHex(parent_id) && IsHex(flags) &&
                     !IsZero(trace_id) && !IsZero(parent_id);
  return valid ? std::string(trace_id) : "";
}

}  // namespace sessionbroker::rpc
