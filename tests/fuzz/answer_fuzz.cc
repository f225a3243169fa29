// Every kind of source on any answer. Of the input the first line is a source, the second a header
// that the answer has under the names that sources look at, the rest its body.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "service/http/message.h"
#include "service/login/answer.h"
#include "service/login/source.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace sessionbroker;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('\n', 2));
  if (parts.size() < 3) return 0;
  const absl::StatusOr<login::Source> given = login::Source::Parse(parts[0]);
  std::vector<login::Source> sources;
  if (given.ok()) sources.push_back(*given);
  for (const char* always :
       {"json:/a/0", "xml:/a/{u}b[2]/@c", "regex:(a+)+b", "header:X", "cookie:sid",
        "cookie:sid;max-age", "cookie:sid;expires", "auth:Digest.nonce", "body -> json:/a"}) {
    sources.push_back(*login::Source::Parse(always));
  }
  http::Response response;
  response.status = 200;
  for (const char* name : {"Set-Cookie", "WWW-Authenticate", "X"}) {
    response.headers.push_back(http::Header{name, parts[1]});
  }
  response.body = parts[2];
  const login::Answer answer = login::Answer::Read(response, sources);
  for (const login::Source& source : sources) {
    const login::JsonValue* value = answer.Find(source);
    // Nothing is longer than what it was found in, but escapes may be written shorter than they
    // are.
    if (value != nullptr && value->text.size() > 4 * size + 32) __builtin_trap();
  }
  return 0;
}
