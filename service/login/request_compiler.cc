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
#include "absl/strings/strip.h"
#include "service/base/nearest_name.h"
#include "service/login/header_names.h"

namespace sessionbroker::login {
namespace {

using definition::v1::Field;
using definition::v1::Node;

const std::vector<Type> kScalarTypes = {Type::kText, Type::kInt, Type::kBool};
const ValuePlace kPath = {"a path segment", {Type::kText, Type::kInt}, Taint::kRaw};
const ValuePlace kQuery = {"a query parameter", kScalarTypes, Taint::kRaw};
const ValuePlace kHeader = {"a header", kScalarTypes, Taint::kRaw};
const ValuePlace kForm = {"a form field", kScalarTypes, Taint::kRaw};
const ValuePlace kJson = {"a JSON value", kScalarTypes, Taint::kRaw};

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

// All of a list of named templates; a mistake leaves its field out.
template <typename Fields>
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

void CheckHeaderName(absl::string_view name, absl::string_view path, CompileContext& context) {
  if (!IsToken(name)) {
    context.Add(path, absl::StrCat("\"", name, "\" is no header name"));
  } else if (IsReservedHeader(name)) {
    context.Add(path, absl::StrCat("the header \"", name, "\" is the broker's to set"));
  }
}

std::vector<NamedTemplate> CompileHeaders(const definition::v1::Request& request,
                                          absl::string_view path, CompileContext& context) {
  std::set<std::string> seen;
  for (const Field& header : request.headers()) {
    const std::string at = Member(path, header.name());
    CheckHeaderName(header.name(), at, context);
    if (!seen.insert(absl::AsciiStrToLower(header.name())).second) {
      context.Add(at, absl::StrCat("the header \"", header.name(),
                                   "\" stands twice: case does not count in header names"));
    }
  }
  std::vector<NamedTemplate> headers = CompileFields(request.headers(), path, kHeader, context);
  for (const NamedTemplate& header : headers) {
    for (const Template::Part& part : header.value.parts()) {
      if (std::any_of(part.literal.begin(), part.literal.end(), absl::ascii_iscntrl)) {
        context.Add(Member(path, header.name), "the value has a control character in it");
      }
    }
  }
  return headers;
}

// RFC 8259 section 6.
bool IsJsonNumber(absl::string_view text) {
  const auto take_digits = [&text] {
    std::size_t count = 0;
    while (count < text.size() && absl::ascii_isdigit(text[count])) ++count;
    text.remove_prefix(count);
    return count;
  };
  absl::ConsumePrefix(&text, "-");
  const bool leading_zero = absl::StartsWith(text, "0");
  const std::size_t whole = take_digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (absl::ConsumePrefix(&text, ".") && take_digits() == 0) return false;
  if (absl::ConsumePrefix(&text, "e") || absl::ConsumePrefix(&text, "E")) {
    if (!absl::ConsumePrefix(&text, "+")) absl::ConsumePrefix(&text, "-");
    if (take_digits() == 0) return false;
  }
  return text.empty();
}

bool IsJsonLiteral(const Node::Scalar& scalar) {
  const std::string& text = scalar.text();
  return !scalar.quoted() &&
         (text == "true" || text == "false" || text == "null" || IsJsonNumber(text));
}

// A mistake leaves its part out.
JsonTemplate CompileJson(const Node& node, const std::string& path, CompileContext& context) {
  JsonTemplate out;
  switch (node.kind_case()) {
    case Node::kScalar:
      if (IsJsonLiteral(node.scalar())) {
        out.literal = node.scalar().text();
        break;
      }
      out.kind = JsonTemplate::Kind::kText;
      if (std::optional<Template> text =
              context.CompileTemplate(path, node.scalar().text(), kJson)) {
        out.text = *std::move(text);
      }
      break;
    case Node::kList:
      out.kind = JsonTemplate::Kind::kArray;
      for (int i = 0; i < node.list().items_size(); ++i) {
        out.children.push_back(CompileJson(node.list().items(i), Element(path, i), context));
      }
      break;
    case Node::kObject:
      out.kind = JsonTemplate::Kind::kObject;
      for (const Node::Member& member : node.object().members()) {
        out.children.push_back(CompileJson(member.value(), Member(path, member.key()), context));
        out.children.back().key = member.key();
      }
      break;
    case Node::KIND_NOT_SET:
      context.AddMissing(path);
      break;
  }
  return out;
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

std::optional<RequestTemplate> CompileRequest(const definition::v1::Request& request,
                                              absl::string_view path, CompileContext& context) {
  const bool complete = CheckMethod(request.method(), Member(path, "method"), context);
  std::optional<Template> place = CompilePath(request.path(), Member(path, "path"), context);
  if (!place.has_value()) return std::nullopt;
  RequestTemplate out;
  out.method = request.method();
  out.path = *std::move(place);
  out.query = CompileFields(request.query(), Member(path, "query"), kQuery, context);
  out.headers = CompileHeaders(request, Member(path, "headers"), context);
  if (request.form_size() > 0 && request.has_json()) {
    context.Add(Member(path, "json"), "a request has one body: form or json, not both");
  }
  if (request.method() == "GET" && (request.form_size() > 0 || request.has_json())) {
    context.Add(Member(path, request.has_json() ? "json" : "form"),
                "a GET request has no body; its parameters go into `query:`");
  }
  if (request.form_size() > 0) {
    out.body = CompileFields(request.form(), Member(path, "form"), kForm, context);
  }
  if (request.has_json()) {
    out.body = CompileJson(request.json(), Member(path, "json"), context);
  }
  return complete ? std::make_optional(std::move(out)) : std::nullopt;
}

}  // namespace sessionbroker::login
