#ifndef SESSIONBROKER_TESTS_LOGIN_EXPRESSION_EXPRESSION_TESTING_H_
#define SESSIONBROKER_TESTS_LOGIN_EXPRESSION_EXPRESSION_TESTING_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/crypto/random.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/node.h"

namespace sessionbroker::login {

// What the tests of this folder share.

// The same bytes for the same seed.
class FakeRandom final : public crypto::RandomSource {
 public:
  explicit FakeRandom(uint32_t seed = 0) : engine_(seed) {}
  absl::Status Fill(absl::Span<char> out) override;

 private:
  std::mt19937 engine_;
};

// A name of each type in each taint, "fresh_text", "raw_int", …; "optional_text" and so on, fresh
// and optional; and "token", "account.login", "secret.key" for readable cases. "challenge" comes
// later, from step "getchallenge".
Scope TestScope();

// A value for each name of TestScope but the optional ones.
Bindings TestBindings();

// "12: what is wrong" of each mistake, in order; empty if `text` compiles in TestScope.
std::vector<std::string> ErrorsOf(absl::string_view text);
// The same of a template.
std::vector<std::string> TemplateErrorsOf(absl::string_view text);

// The taint of `text` in TestScope, by name; the mistakes if it does not compile.
std::string TaintOf(absl::string_view text);

// The value of `text` in TestScope with TestBindings and a FakeRandom. Its mistakes are
// INVALID_ARGUMENT too.
absl::StatusOr<Value> Evaluate(absl::string_view text);

// The value of what is compiled, with a FakeRandom and all the work that there may be.
absl::StatusOr<Value> Evaluate(const Expression& expression, const Bindings& bindings);
absl::StatusOr<Value> Evaluate(const Template& text, const Bindings& bindings);

// The value as a literal of the language, or what comes near: `"a\x01"`, `b"…"`, `42`, `true`,
// `time(1970-…)`, `duration(1m)`, `params("a": "1")`. For test data only: it shows what a value
// holds.
std::string Show(const Value& value);
// The same, or "CODE: text" of an error.
std::string Show(const absl::StatusOr<Value>& value);

// The canonical text of a tree, with parentheses only where they are needed.
std::string Unparse(const Node& node);

// A text literal for `text`.
std::string Quote(absl::string_view text);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_TESTS_LOGIN_EXPRESSION_EXPRESSION_TESTING_H_
