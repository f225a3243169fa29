// Every kind of source on any answer, and what is looked for in a part of it. Of the input the
// first line is a source, the second a header that the answer has under the names that sources look
// at, the rest its body.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "service/crypto/random.h"
#include "service/http/message.h"
#include "service/login/answer.h"
#include "service/login/expression/expression.h"
#include "service/login/extract.h"
#include "service/login/source.h"

namespace sessionbroker::login {
namespace {

// Extracts what `source` gives, then from parts of that: what a column holds, and what a token's
// claims do. Whatever stands there, a login gets values of the right type, or a reason.
void ExtractParts(const Answer& answer, const Source& source) {
  static const auto* const inner = [] {
    Scope scope;
    scope.names["text"] = {Type::kText, Taint::kFresh, false};
    auto* expressions = new std::vector<Expression>;
    for (const char* in :
         {"column(text, \"\\t\", 1)", "utf8(from_base64url(column(text, \".\", 1)))",
          "replace(text, \"\\\"\", \"'\")"}) {
      std::vector<ExpressionError> errors;
      expressions->push_back(*Expression::Compile(in, scope, &errors));
    }
    return expressions;
  }();
  Bindings bindings;
  Evaluation evaluation(crypto::SystemRandom());
  const ExtractRule whole = {"text", {source}, Type::kText, /*optional=*/true};
  if (!Extract({whole}, answer, &bindings, evaluation).ok() || !bindings.contains("text")) return;
  if (bindings.at("text").text().size() > kMaxExtractedBytes) __builtin_trap();
  for (const Expression& in : *inner) {
    for (const Type type : {Type::kText, Type::kInt, Type::kBool}) {
      for (const char* from : {"json:/a", "json:", "xml:/a", "regex:([0-9]+)"}) {
        const ExtractRule part = {"part", {*Source::Parse(from)}, type, /*optional=*/false, in};
        bindings.erase("part");
        const absl::Status found = Extract({part}, answer, &bindings, evaluation);
        if (found.ok() != bindings.contains("part")) __builtin_trap();
        if (found.ok() && bindings.at("part").type() != type) __builtin_trap();
        if (!found.ok() && !absl::IsInvalidArgument(found)) __builtin_trap();
      }
    }
  }
}

}  // namespace
}  // namespace sessionbroker::login

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
  login::ExtractParts(answer, given.ok() ? *given : *login::Source::Parse("body"));
  return 0;
}
