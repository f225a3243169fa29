#include "service/login/body_compiler.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;
using definition::v1::Node;

const ValuePlace kField = {"a form field", kScalarTypes, Taint::kRaw};
const ValuePlace kJson = {"a JSON value", kScalarTypes, Taint::kRaw};
const ValuePlace kXml = {"an XML value", kScalarTypes, Taint::kRaw};
const ValuePlace kRaw = {"a body", kScalarTypes, Taint::kRaw};

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

// With at most one prefix.
bool IsXmlName(absl::string_view name) {
  bool at_start = true;
  int prefixes = 0;
  for (const char c : name) {
    const bool letter =
        absl::ascii_isalpha(c) || c == '_' || (static_cast<unsigned char>(c) & 0x80);
    const bool inner = absl::ascii_isdigit(c) || c == '-' || c == '.';
    if (c == ':' && !at_start && ++prefixes == 1) {
      at_start = true;
    } else if (letter || (inner && !at_start)) {
      at_start = false;
    } else {
      return false;
    }
  }
  return !at_start;
}

class XmlCompiler {
 public:
  explicit XmlCompiler(CompileContext& context) : context_(context) {}

  XmlDocumentTemplate Compile(const Node& node, const std::string& path) {
    XmlDocumentTemplate out;
    int roots = 0;
    for (const Node::Member& member : node.object().members()) {
      const std::string at = Member(path, member.key());
      if (member.key() == "?xml") {
        CompileDeclaration(member.value(), at, &out);
      } else if (++roots == 1) {
        std::vector<XmlTemplate> elements = CompileElements(member.key(), member.value(), at);
        if (elements.size() == 1) {
          out.root = std::move(elements[0]);
        } else {
          context_.Add(at, "a document has one outermost element");
        }
      }
    }
    if (roots != 1) {
      context_.Add(path, absl::StrCat("a document has one outermost element: expected a mapping "
                                      "with its name, found ",
                                      roots));
    }
    return out;
  }

 private:
  void CompileDeclaration(const Node& node, const std::string& path, XmlDocumentTemplate* out) {
    for (const Node::Member& member : node.object().members()) {
      const std::string at = Member(path, member.key());
      if (member.key() != "version" && member.key() != "encoding" && member.key() != "standalone") {
        context_.Add(at, "expected version, encoding or standalone");
      }
      out->declaration.emplace_back(member.key(), CompileText(member.value(), at));
    }
    if (node.object().members_size() == 0 || node.object().members(0).key() != "version") {
      context_.Add(path, "expected a mapping that begins with version");
    }
  }

  Template CompileText(const Node& node, const std::string& path) {
    if (node.kind_case() != Node::kScalar) {
      context_.Add(path, "expected text");
      return Template();
    }
    return context_.CompileTemplate(path, node.scalar().text(), kXml).value_or(Template());
  }

  // One element, or one for each item of a sequence.
  std::vector<XmlTemplate> CompileElements(const std::string& name, const Node& node,
                                           const std::string& path) {
    if (!IsXmlName(name)) {
      context_.Add(path, absl::StrCat("\"", name, "\" is no name of an XML element"));
    }
    if (node.kind_case() != Node::kList) return {CompileElement(name, node, path)};
    std::vector<XmlTemplate> elements;
    for (int i = 0; i < node.list().items_size(); ++i) {
      elements.push_back(CompileElement(name, node.list().items(i), Element(path, i)));
    }
    return elements;
  }

  XmlTemplate CompileElement(const std::string& name, const Node& node, const std::string& path) {
    XmlTemplate out;
    out.name = name;
    if (node.kind_case() != Node::kObject) {
      out.text = CompileText(node, path);
      return out;
    }
    for (const Node::Member& member : node.object().members()) {
      CompileMember(member, Member(path, member.key()), &out);
    }
    return out;
  }

  void CompileMember(const Node::Member& member, const std::string& path, XmlTemplate* out) {
    absl::string_view key = member.key();
    if (key == "#text") {
      out->text = CompileText(member.value(), path);
      return;
    }
    if (absl::ConsumePrefix(&key, "@")) {
      if (!IsXmlName(key)) {
        context_.Add(path, absl::StrCat("\"", key, "\" is no name of an XML attribute"));
      }
      out->attributes.emplace_back(std::string(key), CompileText(member.value(), path));
      return;
    }
    for (XmlTemplate& element : CompileElements(member.key(), member.value(), path)) {
      out->children.push_back(std::move(element));
    }
  }

  CompileContext& context_;
};

std::vector<FieldTemplate> CompileBodyFields(
    const google::protobuf::RepeatedPtrField<pb::BodyField>& fields, const std::string& path,
    CompileContext& context) {
  std::vector<FieldTemplate> out;
  context.CheckLength(path, fields.size());
  for (const pb::BodyField& field : fields) {
    const std::string at = Member(path, field.name());
    const int kinds =
        (field.value().empty() ? 0 : 1) + (field.has_json() ? 1 : 0) + (field.has_xml() ? 1 : 0);
    if (kinds > 1) context.Add(at, "a field holds one of value, json and xml");
    if (field.has_json()) {
      out.push_back({field.name(), CompileJson(field.json(), Member(at, "json"), context)});
    } else if (field.has_xml()) {
      out.push_back({field.name(), XmlCompiler(context).Compile(field.xml(), Member(at, "xml"))});
    } else if (std::optional<Template> value = context.CompileTemplate(at, field.value(), kField)) {
      out.push_back({field.name(), *std::move(value)});
    }
  }
  return out;
}

std::optional<RawTemplate> CompileRaw(const pb::RawBody& raw, const std::string& path,
                                      CompileContext& context) {
  if (raw.content_type().empty()) context.AddMissing(Member(path, "content_type"));
  if (std::any_of(raw.content_type().begin(), raw.content_type().end(), absl::ascii_iscntrl)) {
    context.Add(Member(path, "content_type"), "the value has a control character in it");
  }
  std::optional<Template> text = context.CompileTemplate(Member(path, "text"), raw.text(), kRaw);
  if (!text.has_value()) return std::nullopt;
  return RawTemplate{raw.content_type(), *std::move(text)};
}

}  // namespace

BodyTemplate CompileBody(const pb::Request& request, absl::string_view path,
                         CompileContext& context) {
  std::vector<std::string> kinds;
  if (request.form_size() > 0) kinds.emplace_back("form");
  if (request.has_json()) kinds.emplace_back("json");
  if (request.has_xml()) kinds.emplace_back("xml");
  if (request.multipart_size() > 0) kinds.emplace_back("multipart");
  if (request.has_raw()) kinds.emplace_back("raw");
  if (kinds.empty()) return std::monostate();
  const std::string at = Member(path, kinds.back());
  if (kinds.size() > 1) {
    context.Add(at, absl::StrCat("a request has one body: ",
                                 absl::StrJoin(kinds, kinds.size() == 2 ? " or " : ", "),
                                 kinds.size() == 2 ? ", not both" : ", not all of them"));
  }
  if (request.method() == "GET") {
    context.Add(at, "a GET request has no body; its parameters go into `query:`");
  }
  if (request.has_raw()) {
    std::optional<RawTemplate> raw = CompileRaw(request.raw(), at, context);
    return raw.has_value() ? BodyTemplate(*std::move(raw)) : BodyTemplate();
  }
  if (request.multipart_size() > 0) {
    return MultipartTemplate{CompileBodyFields(request.multipart(), at, context)};
  }
  if (request.has_xml()) return XmlCompiler(context).Compile(request.xml(), at);
  if (request.has_json()) return CompileJson(request.json(), at, context);
  return FormTemplate{CompileBodyFields(request.form(), at, context)};
}

}  // namespace sessionbroker::login
