#include "service/login/request_compiler.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "service/base/nearest_name.h"
#include "service/login/body_compiler.h"
#include "service/login/header_names.h"

namespace sessionbroker::login {
namespace {

using definition::v1::Field;

const ValuePlace kPath = {"a path segment", {Type::kText, Type::kInt}, Taint::kRaw};
const ValuePlace kQuery = {"a query parameter", kScalarTypes, Taint::kRaw};
const ValuePlace kHeader = {"a header", kScalarTypes, Taint::kRaw};
const ValuePlace kCookie = {"a cookie", kScalarTypes, Taint::kRaw};
const ValuePlace kUrl = {"a URL", {Type::kText}, Taint::kFresh};

bool IsPathCharacter(char c) {
  return absl::ascii_isalnum(c) ||
         absl::string_view("-._~!$&'()*+,;=:@/%").find(c) != absl::string_view::npos;
}

// What a server would read as another path than the one that is written.
bool IsUnsafeSegment(absl::string_view segment) {
  const std::string plain = absl::StrReplaceAll(absl::AsciiStrToLower(segment), {{"%2e", "."}});
  return plain == "." || plain == "..";
}

std::optional<Template> CompilePath(absl::string_view text, absl::string_view path,
                                    CompileContext& context) {
  if (text.empty()) {
    context.AddMissing(path);
    return std::nullopt;
  }
  if (text[0] != '/') {
    context.Add(path, absl::StrCat("\"", text, "\" does not begin with \"/\""));
    return std::nullopt;
  }
  std::optional<Template> compiled = context.CompileTemplate(path, text, kPath);
  if (!compiled.has_value()) return std::nullopt;
  std::string shape;  // With a letter for each value.
  for (const Template::Part& part : compiled->parts()) {
    shape += part.expression == nullptr ? part.literal : "v";
  }
  const auto odd = std::find_if_not(shape.begin(), shape.end(), IsPathCharacter);
  if (odd != shape.end()) {
    context.Add(path, *odd == '?' ? std::string("parameters go into `query:`, not into the path")
                                  : absl::StrCat("the path has a byte (0x",
                                                 absl::Hex(static_cast<unsigned char>(*odd),
                                                           absl::kZeroPad2),
                                                 ") that must be percent-encoded"));
    return std::nullopt;
  }
  const std::vector<absl::string_view> segments = absl::StrSplit(shape, '/');
  for (std::size_t i = 1; i < segments.size(); ++i) {
    if (IsUnsafeSegment(segments[i]) || (segments[i].empty() && i + 1 < segments.size())) {
      context.Add(path, "the path has an empty segment, \".\" or \"..\"");
      return std::nullopt;
    }
  }
  return compiled;
}

void CheckHeaderName(absl::string_view name, absl::string_view path, CompileContext& context) {
  if (!IsToken(name)) {
    context.Add(path, absl::StrCat("\"", name, "\" is no header name"));
  } else if (IsReservedHeader(name)) {
    context.Add(path, absl::StrCat("the header \"", name, "\" is the broker's to set"));
  }
}

// A URL that an answer gave: where it leads is known, and checked, only then.
std::optional<Template> CompileUrl(const definition::v1::Request& request, absl::string_view path,
                                   CompileContext& context) {
  if (!request.path().empty()) {
    context.Add(Member(path, "url"), "a request has either a path or a url");
  }
  std::optional<Template> url = context.CompileTemplate(Member(path, "url"), request.url(), kUrl);
  if (url.has_value() && url->parts().size() == 1 && url->parts()[0].expression == nullptr) {
    context.Add(Member(path, "url"),
                "it holds no value; what is always the same belongs into `path:`, below the "
                "account's base URL");
  }
  return url;
}

}  // namespace

bool CheckMethod(absl::string_view method, absl::string_view path, CompileContext& context) {
  const std::vector<std::string> known = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  if (method.empty()) {
    context.AddMissing(path);
    return false;
  }
  if (std::find(known.begin(), known.end(), method) != known.end()) return true;
  context.Add(path, absl::StrCat("\"", method, "\" is no method that can be used",
                                 base::Suggestion(method, known, "known are")));
  return false;
}

std::vector<NamedTemplate> CompileFields(const Fields& fields, absl::string_view path,
                                         const ValuePlace& place, CompileContext& context) {
  std::vector<NamedTemplate> out;
  context.CheckLength(path, fields.size());
  for (const Field& field : fields) {
    std::optional<Template> value =
        context.CompileTemplate(Member(path, field.name()), field.value(), place);
    if (value.has_value()) out.push_back(NamedTemplate{field.name(), *std::move(value)});
  }
  return out;
}

std::vector<NamedTemplate> CompileHeaders(const Fields& fields, absl::string_view path,
                                          const ValuePlace& place, CompileContext& context) {
  std::set<std::string> seen;
  for (const Field& header : fields) {
    const std::string at = Member(path, header.name());
    CheckHeaderName(header.name(), at, context);
    if (!seen.insert(absl::AsciiStrToLower(header.name())).second) {
      context.Add(at, absl::StrCat("the header \"", header.name(),
                                   "\" stands twice: case does not count in header names"));
    }
  }
  std::vector<NamedTemplate> headers = CompileFields(fields, path, place, context);
  for (const NamedTemplate& header : headers) {
    for (const Template::Part& part : header.value.parts()) {
      if (std::any_of(part.literal.begin(), part.literal.end(), absl::ascii_iscntrl)) {
        context.Add(Member(path, header.name), "the value has a control character in it");
      }
    }
  }
  return headers;
}

std::vector<NamedTemplate> CompileCookies(const Fields& cookies, const Fields& headers,
                                          absl::string_view path, const ValuePlace& place,
                                          CompileContext& context) {
  for (const Field& cookie : cookies) {
    if (!IsToken(cookie.name())) {
      context.Add(Member(path, cookie.name()),
                  absl::StrCat("\"", cookie.name(), "\" is no name for a cookie"));
    }
  }
  for (const Field& header : headers) {
    if (!cookies.empty() && absl::EqualsIgnoreCase(header.name(), "Cookie")) {
      context.Add(path, "the header Cookie stands in `headers:` already; use one of the two");
    }
  }
  return CompileFields(cookies, path, place, context);
}

std::optional<RequestTemplate> CompileRequest(const definition::v1::Request& request,
                                              absl::string_view path, CompileContext& context) {
  bool complete = CheckMethod(request.method(), Member(path, "method"), context);
  RequestTemplate out;
  out.method = request.method();
  if (request.url().empty()) {
    std::optional<Template> place = CompilePath(request.path(), Member(path, "path"), context);
    if (place.has_value()) out.path = *std::move(place);
    complete = complete && place.has_value();
  } else {
    out.url = CompileUrl(request, path, context);
  }
  out.query = CompileFields(request.query(), Member(path, "query"), kQuery, context);
  out.headers = CompileHeaders(request.headers(), Member(path, "headers"), kHeader, context);
  out.cookies = CompileCookies(request.cookies(), request.headers(), Member(path, "cookies"),
                               kCookie, context);
  out.body = CompileBody(request, path, context);
  return complete ? std::make_optional(std::move(out)) : std::nullopt;
}

}  // namespace sessionbroker::login
