#include "service/login/body_builder.h"

#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/base/status_macros.h"
#include "service/http/url.h"
#include "service/login/document_writer.h"

namespace sessionbroker::login {
namespace {

using secrets::WipedBytes;

// As browsers do (WHATWG HTML, "multipart/form-data encoding algorithm").
std::string EscapeFieldName(absl::string_view name) {
  return absl::StrReplaceAll(name, {{"\"", "%22"}, {"\r", "%0D"}, {"\n", "%0A"}});
}

// One that is in none of the parts, so that no value can end its part.
std::string BoundaryFor(const std::vector<WipedBytes>& parts) {
  for (int i = 0;; ++i) {
    std::string boundary = absl::StrCat("----session-broker-", i);
    bool taken = false;
    for (const WipedBytes& part : parts) taken = taken || absl::StrContains(View(part), boundary);
    if (!taken) return boundary;
  }
}

class Builder {
 public:
  explicit Builder(TemplateEvaluator& evaluator) : evaluator_(evaluator) {}

  absl::StatusOr<Body> operator()(std::monostate /*none*/) { return Body(); }

  absl::StatusOr<Body> operator()(const FormTemplate& form) {
    Body body{{}, "application/x-www-form-urlencoded"};
    for (const FieldTemplate& field : form.fields) {
      if (!body.bytes.empty()) body.bytes.push_back('&');
      Append(http::EncodeFormComponent(field.name), body.bytes);
      body.bytes.push_back('=');
      SB_ASSIGN_OR_RETURN(const WipedBytes value, BuildField(field, "form", evaluator_));
      AppendAndWipe(http::EncodeFormComponent(View(value)), body.bytes);
    }
    return body;
  }

  absl::StatusOr<Body> operator()(const JsonTemplate& json) {
    Body body{{}, "application/json"};
    SB_RETURN_IF_ERROR(WriteJson(json, "json", evaluator_, body.bytes));
    return body;
  }

  absl::StatusOr<Body> operator()(const XmlDocumentTemplate& xml) {
    Body body{{}, "application/xml"};
    SB_RETURN_IF_ERROR(WriteXml(xml, "xml", evaluator_, body.bytes));
    return body;
  }

  absl::StatusOr<Body> operator()(const MultipartTemplate& multipart) {
    std::vector<WipedBytes> parts;
    for (const FieldTemplate& field : multipart.fields) {
      SB_ASSIGN_OR_RETURN(WipedBytes value, BuildField(field, "multipart", evaluator_));
      parts.push_back(std::move(value));
    }
    const std::string boundary = BoundaryFor(parts);
    Body body{{}, absl::StrCat("multipart/form-data; boundary=", boundary)};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      Append(absl::StrCat("--", boundary, "\r\nContent-Disposition: form-data; name=\"",
                          EscapeFieldName(multipart.fields[i].name), "\"\r\n\r\n"),
             body.bytes);
      Append(View(parts[i]), body.bytes);
      Append("\r\n", body.bytes);
    }
    Append(absl::StrCat("--", boundary, "--\r\n"), body.bytes);
    return body;
  }

  absl::StatusOr<Body> operator()(const RawTemplate& raw) {
    SB_ASSIGN_OR_RETURN(WipedBytes text, evaluator_.EvaluateText(raw.text, "raw.text"));
    return Body{std::move(text), raw.content_type};
  }

 private:
  TemplateEvaluator& evaluator_;
};

}  // namespace

absl::StatusOr<Body> BuildBody(const BodyTemplate& body, TemplateEvaluator& evaluator) {
  return std::visit(Builder(evaluator), body);
}

absl::StatusOr<WipedBytes> BuildField(const FieldTemplate& field, absl::string_view place,
                                      TemplateEvaluator& evaluator) {
  const std::string at = absl::StrCat(place, ".", field.name);
  WipedBytes out;
  if (const auto* json = std::get_if<JsonTemplate>(&field.value)) {
    SB_RETURN_IF_ERROR(WriteJson(*json, at, evaluator, out));
    return out;
  }
  if (const auto* xml = std::get_if<XmlDocumentTemplate>(&field.value)) {
    SB_RETURN_IF_ERROR(WriteXml(*xml, at, evaluator, out));
    return out;
  }
  return evaluator.EvaluateText(std::get<Template>(field.value), at);
}

absl::Status AppendParameters(const std::vector<NamedTemplate>& parameters, absl::string_view place,
                              EncodeParameter encode, TemplateEvaluator& evaluator,
                              WipedBytes& out) {
  bool first = true;
  for (const NamedTemplate& parameter : parameters) {
    if (!first) out.push_back('&');
    first = false;
    Append(encode(parameter.name), out);
    out.push_back('=');
    SB_ASSIGN_OR_RETURN(
        const WipedBytes value,
        evaluator.EvaluateText(parameter.value, absl::StrCat(place, ".", parameter.name)));
    AppendAndWipe(encode(View(value)), out);
  }
  return absl::OkStatus();
}

}  // namespace sessionbroker::login
