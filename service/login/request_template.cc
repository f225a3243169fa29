#include "service/login/request_template.h"

#include <utility>

namespace sessionbroker::login {
namespace {

// Joins the taints of all that it is shown.
struct Joined {
  void operator()(const Template& value) { taint = Join(taint, value.taint()); }
  void operator()(const NamedTemplate& value) { (*this)(value.value); }
  void operator()(const std::pair<std::string, Template>& value) { (*this)(value.second); }
  void operator()(const JsonTemplate& json) {
    (*this)(json.text);
    (*this)(json.children);
  }
  void operator()(const XmlTemplate& element) {
    (*this)(element.attributes);
    (*this)(element.text);
    (*this)(element.children);
  }
  void operator()(const XmlDocumentTemplate& xml) { (*this)(xml.root); }
  void operator()(const FieldTemplate& field) { std::visit(*this, field.value); }
  void operator()(const FormTemplate& form) { (*this)(form.fields); }
  void operator()(const MultipartTemplate& multipart) { (*this)(multipart.fields); }
  void operator()(const RawTemplate& raw) { (*this)(raw.text); }
  void operator()(std::monostate /*none*/) {}
  template <typename T>
  void operator()(const std::vector<T>& all) {
    for (const T& one : all) (*this)(one);
  }

  Taint taint = Taint::kConstant;
};

}  // namespace

Taint TaintOfUrl(const RequestTemplate& request) {
  Joined joined;
  joined(request.path);
  if (request.url.has_value()) joined(*request.url);
  joined(request.query);
  return joined.taint;
}

Taint TaintOf(const RequestTemplate& request) {
  Joined joined{TaintOfUrl(request)};
  joined(request.headers);
  joined(request.cookies);
  std::visit(joined, request.body);
  return joined.taint;
}

}  // namespace sessionbroker::login
