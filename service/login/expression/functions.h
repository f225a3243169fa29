#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FUNCTIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FUNCTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/crypto/random.h"
#include "service/login/expression/value.h"

namespace sessionbroker::login {

// How a function hands on what its arguments could give away (flow.h). None makes a secret less of
// one but kDigest.
enum class FlowRule {
  // From the result all arguments can be told, or all that makes them fresh: encodings.
  kKeeps,
  // The same of the first argument alone, or the last; of the others there may be no trace.
  kKeepsFirst,
  kKeepsLast,
  // The first is a time. Kept if the second, a format, is a literal that tells all of it but what
  // is less than a second.
  kKeepsTimeOfFormat,
  // The result may hold no more than a part of the arguments: slices, replacements, lengths.
  kWeakens,
  // A digest, HMAC or key derivation over all arguments that are text or bytes, at least 16 bytes
  // long. An int says how: it seals nothing, and what is told of it stays told.
  kDigests,
  // Something new at random, whatever the arguments.
  kGenerates,
};

// Computes a function's value. `arguments` have the types of the body's overload. Fails with
// INVALID_ARGUMENT for values that it is not made for; the text says what was expected, never what
// was there. Pure, thread-safe; leaves nothing of its arguments behind in memory that is not wiped.
using FunctionBody = absl::StatusOr<Value> (*)(absl::Span<const Value> arguments);
// The same of one that takes from `random`.
using RandomBody = absl::StatusOr<Value> (*)(absl::Span<const Value> arguments,
                                             crypto::RandomSource& random);

// The work that a function takes (limits.h) beyond reading its arguments and writing its value.
// Asked before the body; not negative, and more than kMaxEvaluationWork where it would overflow.
using WorkOf = int64_t (*)(absl::Span<const Value> arguments);

// The types of arguments that a function takes, all of them exactly, and what it then gives. One
// that takes fewer arguments than the function has parameters leaves out the last ones.
struct Overload {
  std::vector<Type> parameters;
  Type result;
  // One of the two.
  FunctionBody body = nullptr;
  // nullptr: none.
  WorkOf work = nullptr;
  RandomBody random_body = nullptr;
};

// An expression and the literal that it equals. The value is computed by other software.
struct FunctionExample {
  const char* expression;
  const char* value;
};

// A row of the one table of functions: the checker, the evaluator, the reference in
// docs/providers.md and the tests have no other source. To add a function, add a row to its group
// (function_rows.h) and its body.
struct Function {
  const char* name;
  // What the parameters are called.
  std::vector<const char*> parameters;
  FlowRule flow;
  // A sentence or two, Markdown.
  const char* about;
  std::vector<Overload> overloads;
  std::vector<FunctionExample> examples;
};

// By group: digests, encodings, text, numbers, time, parameters, randomness.
const std::vector<Function>& Functions();

// nullptr where there is none.
const Function* FindFunction(absl::string_view name);

// "hmac_md5(key: text or bytes, message: text or bytes) → bytes"; what may be left out stands in
// brackets: "substring(text: text, start: int[, end: int]) → text".
std::string SignatureOf(const Function& function);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FUNCTIONS_H_
