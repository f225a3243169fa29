#ifndef SESSIONBROKER_SERVICE_LOGIN_REQUEST_TEMPLATE_H_
#define SESSIONBROKER_SERVICE_LOGIN_REQUEST_TEMPLATE_H_

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "service/login/expression/expression.h"
#include "service/login/expression/taint.h"
#include "service/login/json_template.h"
#include "service/login/xml_template.h"

namespace sessionbroker::login {

// A template with the name under which its value is sent.
struct NamedTemplate {
  std::string name;
  Template value;
};

// A field of a form: text, or a whole document.
struct FieldTemplate {
  std::string name;
  std::variant<Template, JsonTemplate, XmlDocumentTemplate> value;
};

// An application/x-www-form-urlencoded body.
struct FormTemplate {
  std::vector<FieldTemplate> fields;
};

// A multipart/form-data body.
struct MultipartTemplate {
  std::vector<FieldTemplate> fields;
};

// A body that is text of any kind.
struct RawTemplate {
  std::string content_type;
  Template text;
};

using BodyTemplate = std::variant<std::monostate, FormTemplate, JsonTemplate, XmlDocumentTemplate,
                                  MultipartTemplate, RawTemplate>;

// A request of a definition, checked.
struct RequestTemplate {
  // Upper-case.
  std::string method;
  // Begins with "/"; its literals are sent as they are. Of no use where there is a url.
  Template path;
  // Absolute; in place of base URL and path.
  std::optional<Template> url;
  std::vector<NamedTemplate> query;
  std::vector<NamedTemplate> headers;
  std::vector<NamedTemplate> cookies;
  BodyTemplate body;
};

// Shows each template of a request: of its URL first, of its body last.
void ForEachTemplate(const RequestTemplate& request,
                     const std::function<void(const Template&)>& visit);

// The highest taint of what a request sends.
Taint TaintOf(const RequestTemplate& request);
// The same of its URL alone.
Taint TaintOfUrl(const RequestTemplate& request);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_REQUEST_TEMPLATE_H_
