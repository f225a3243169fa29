// The expression language on any text: compiling and evaluating it ends, fails in the promised ways
// only, and what counts as no secret does not depend on one.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "service/login/expression/expression.h"
#include "tests/login/expression/expression_testing.h"

namespace sessionbroker::login {
namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

// TestBindings with other values for what is raw.
Bindings OtherSecrets() {
  Bindings bindings = TestBindings();
  for (auto& [name, value] : bindings) {
    if (!absl::StartsWith(name, "raw_") && !absl::StartsWith(name, "secret.")) continue;
    if (value.type() == Type::kText) value = Value::Text("7");
    if (value.type() == Type::kBytes) value = Value::Bytes("");
    if (value.type() == Type::kInt) value = Value::Int(-7);
    if (value.type() == Type::kBool) value = Value::Bool(!value.bool_value());
    if (value.type() == Type::kTime) value = Value::Time(absl::FromUnixSeconds(7));
    if (value.type() == Type::kDuration) value = Value::Duration(absl::Seconds(7));
    if (value.type() == Type::kParams) value = Value::Params({});
  }
  return bindings;
}

void TestOneTemplate(absl::string_view text) {
  static const Scope scope = TestScope();
  static const Bindings bindings = TestBindings();
  static const Bindings other_secrets = OtherSecrets();
  std::vector<ExpressionError> errors;
  const absl::StatusOr<Template> compiled = Template::Compile(text, scope, &errors);
  Require(compiled.ok() == errors.empty());
  for (const ExpressionError& error : errors) {
    Require(error.offset <= text.size() && !error.message.empty());
  }
  if (!compiled.ok()) return;
  const absl::StatusOr<Value> value = Evaluate(*compiled, bindings);
  if (value.ok()) {
    Require(value->type() == compiled->type());
  } else {
    Require(value.status().code() == absl::StatusCode::kInvalidArgument);
  }
  if (compiled->taint() == Taint::kConstant || compiled->taint() == Taint::kFresh) {
    Require(Show(Evaluate(*compiled, other_secrets)) == Show(value));
  }
}

}  // namespace
}  // namespace sessionbroker::login

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  sessionbroker::login::TestOneTemplate(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
