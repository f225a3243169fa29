#include "service/login/request_template.h"

#include <utility>

namespace sessionbroker::login {
namespace {

// Shows each template of what it is given.
struct Walk {
  void operator()(const Template& value) { visit(value); }
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

  const std::function<void(const Template&)>& visit;
};

void WalkUrl(const RequestTemplate& request, Walk walk) {
  walk(request.path);
  if (request.url.has_value()) walk(*request.url);
  walk(request.query);
}

}  // namespace

void ForEachTemplate(const RequestTemplate& request,
                     const std::function<void(const Template&)>& visit) {
  Walk walk{visit};
  WalkUrl(request, walk);
  walk(request.headers);
  walk(request.cookies);
  std::visit(walk, request.body);
}

Taint TaintOfUrl(const RequestTemplate& request) {
  Taint taint = Taint::kConstant;
  WalkUrl(request, Walk{[&taint](const Template& value) { taint = Join(taint, value.taint()); }});
  return taint;
}

Taint TaintOf(const RequestTemplate& request) {
  Taint taint = Taint::kConstant;
  ForEachTemplate(request, [&taint](const Template& value) { taint = Join(taint, value.taint()); });
  return taint;
}

}  // namespace sessionbroker::login
