#include "service/login/document_writer.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/base/utf8.h"
#include "service/login/json_text.h"

namespace sessionbroker::login {
namespace {

using secrets::WipedBytes;

absl::Status CheckUtf8(absl::string_view text, absl::string_view place, const char* what) {
  if (base::IsValidUtf8(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(place, ": the value is not UTF-8, as ", what, " must be"));
}

absl::Status WriteJsonString(absl::string_view text, absl::string_view place, WipedBytes& out) {
  SB_RETURN_IF_ERROR(CheckUtf8(text, place, "JSON"));
  AppendJsonString(text, out);
  return absl::OkStatus();
}

absl::Status AppendJsonText(const Template& text, const std::string& place,
                            TemplateEvaluator& evaluator, WipedBytes& out) {
  if (text.is_single_expression() && text.type() != Type::kText) {
    SB_ASSIGN_OR_RETURN(const Value value, evaluator.Evaluate(*text.parts()[0].expression, place));
    Append(View(TextOf(value)), out);
    return absl::OkStatus();
  }
  SB_ASSIGN_OR_RETURN(const WipedBytes value, evaluator.EvaluateText(text, place));
  return WriteJsonString(View(value), place, out);
}

enum class XmlPlace { kText, kAttribute };

// nullptr: the character stands for itself.
const char* XmlEscape(char c, XmlPlace where) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\r':
      return "&#13;";
    // A parser makes spaces of these in an attribute.
    case '\n':
      return where == XmlPlace::kAttribute ? "&#10;" : nullptr;
    case '\t':
      return where == XmlPlace::kAttribute ? "&#9;" : nullptr;
    case '"':
      return where == XmlPlace::kAttribute ? "&quot;" : nullptr;
    default:
      return nullptr;
  }
}

absl::Status AppendXmlText(absl::string_view text, XmlPlace where, absl::string_view place,
                           WipedBytes& out) {
  SB_RETURN_IF_ERROR(CheckUtf8(text, place, "XML"));
  if (text.find("\xEF\xBF\xBE") != absl::string_view::npos ||
      text.find("\xEF\xBF\xBF") != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(place, ": the value has a character in it that XML cannot hold"));
  }
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') {
      return absl::InvalidArgumentError(
          absl::StrCat(place, ": the value has a control character in it, which XML cannot hold"));
    }
    if (const char* escape = XmlEscape(c, where)) {
      Append(escape, out);
    } else {
      out.push_back(c);
    }
  }
  return absl::OkStatus();
}

absl::Status AppendAttributes(const std::vector<std::pair<std::string, Template>>& attributes,
                              const std::string& place, TemplateEvaluator& evaluator,
                              WipedBytes& out) {
  for (const auto& [name, text] : attributes) {
    const std::string at = absl::StrCat(place, "/@", name);
    SB_ASSIGN_OR_RETURN(const WipedBytes value, evaluator.EvaluateText(text, at));
    Append(absl::StrCat(" ", name, "=\""), out);
    SB_RETURN_IF_ERROR(AppendXmlText(View(value), XmlPlace::kAttribute, at, out));
    out.push_back('"');
  }
  return absl::OkStatus();
}

absl::Status AppendElement(const XmlTemplate& element, const std::string& above,
                           TemplateEvaluator& evaluator, WipedBytes& out) {
  const std::string place = absl::StrCat(above, "/", element.name);
  Append(absl::StrCat("<", element.name), out);
  SB_RETURN_IF_ERROR(AppendAttributes(element.attributes, place, evaluator, out));
  SB_ASSIGN_OR_RETURN(const WipedBytes text, evaluator.EvaluateText(element.text, place));
  if (text.empty() && element.children.empty()) {
    Append("/>", out);
    return absl::OkStatus();
  }
  out.push_back('>');
  SB_RETURN_IF_ERROR(AppendXmlText(View(text), XmlPlace::kText, place, out));
  for (const XmlTemplate& child : element.children) {
    SB_RETURN_IF_ERROR(AppendElement(child, place, evaluator, out));
  }
  Append(absl::StrCat("</", element.name, ">"), out);
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteJson(const JsonTemplate& json, const std::string& place,
                       TemplateEvaluator& evaluator, WipedBytes& out) {
  switch (json.kind) {
    case JsonTemplate::Kind::kLiteral:
      Append(json.literal, out);
      return absl::OkStatus();
    case JsonTemplate::Kind::kText:
      return AppendJsonText(json.text, place, evaluator, out);
    case JsonTemplate::Kind::kArray:
    case JsonTemplate::Kind::kObject:
      break;
  }
  const bool is_object = json.kind == JsonTemplate::Kind::kObject;
  out.push_back(is_object ? '{' : '[');
  for (std::size_t i = 0; i < json.children.size(); ++i) {
    const JsonTemplate& child = json.children[i];
    if (i > 0) out.push_back(',');
    if (is_object) {
      SB_RETURN_IF_ERROR(WriteJsonString(child.key, place, out));
      out.push_back(':');
    }
    const std::string below = absl::StrCat(place, "/", is_object ? child.key : absl::StrCat(i));
    SB_RETURN_IF_ERROR(WriteJson(child, below, evaluator, out));
  }
  out.push_back(is_object ? '}' : ']');
  return absl::OkStatus();
}

absl::Status WriteXml(const XmlDocumentTemplate& xml, const std::string& place,
                      TemplateEvaluator& evaluator, WipedBytes& out) {
  if (!xml.declaration.empty()) {
    Append("<?xml", out);
    SB_RETURN_IF_ERROR(AppendAttributes(xml.declaration, place, evaluator, out));
    Append("?>", out);
  }
  return AppendElement(xml.root, place, evaluator, out);
}

}  // namespace sessionbroker::login
