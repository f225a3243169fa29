#include "service/login/program.h"

#include <algorithm>
#include <variant>

namespace sessionbroker::login {
namespace {

Taint TaintOf(const std::vector<NamedTemplate>& values) {
  Taint taint = Taint::kConstant;
  for (const NamedTemplate& value : values) taint = Join(taint, value.value.taint());
  return taint;
}

Taint TaintOf(const JsonTemplate& json) {
  Taint taint = json.text.taint();
  for (const JsonTemplate& child : json.children) taint = Join(taint, TaintOf(child));
  return taint;
}

}  // namespace

Taint TaintOfUrl(const RequestTemplate& request) {
  return Join(request.path.taint(), TaintOf(request.query));
}

Taint TaintOf(const RequestTemplate& request) {
  Taint taint = Join(TaintOfUrl(request), TaintOf(request.headers));
  if (const auto* form = std::get_if<std::vector<NamedTemplate>>(&request.body)) {
    taint = Join(taint, TaintOf(*form));
  } else if (const auto* json = std::get_if<JsonTemplate>(&request.body)) {
    taint = Join(taint, TaintOf(*json));
  }
  return taint;
}

Program::Program(Parts parts) : parts_(std::move(parts)) {
  for (const Step& step : parts_.steps) {
    sends_raw_ = sends_raw_ || TaintOf(step.request) == Taint::kRaw;
    sends_raw_in_url_ = sends_raw_in_url_ || TaintOfUrl(step.request) == Taint::kRaw;
  }
}

}  // namespace sessionbroker::login
