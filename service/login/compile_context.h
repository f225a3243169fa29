#ifndef SESSIONBROKER_SERVICE_LOGIN_COMPILE_CONTEXT_H_
#define SESSIONBROKER_SERVICE_LOGIN_COMPILE_CONTEXT_H_

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"
#include "service/config/source_map.h"
#include "service/login/conversation.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/taint.h"
#include "service/login/expression/value.h"

namespace sessionbroker::login {

// What can be written as text.
inline const std::vector<Type> kScalarTypes = {Type::kText, Type::kInt, Type::kBool};

// A place where a value goes: what may stand there.
struct ValuePlace {
  // For messages: "a query parameter".
  const char* what;
  std::vector<Type> types;
  // kRaw for requests that the broker sends, kSealed for what signs those that callers send, kFresh
  // for everything else.
  Taint highest;
};

// What the parts of the compiler share: where mistakes go, and which names are known and used.
class CompileContext {
 public:
  CompileContext(const config::SourceMap& places, config::Diagnostics* diagnostics);

  void Add(absl::string_view path, std::string message, std::size_t offset = 0);
  // For what only a definition that was not read from YAML, or was read with mistakes, can lack.
  void AddMissing(absl::string_view path);
  // Something in this file could not be read, so that what is missing may be there.
  bool reader_found_mistakes() const { return reader_found_mistakes_; }
  // How many mistakes were added so far.
  std::size_t mistakes() const { return mistakes_; }
  // No mistake of this file so far, the reader's included.
  bool clean() const;

  // Whether a list has no more elements than it may have.
  bool CheckLength(absl::string_view path, int length);
  // A letter, then letters, digits, "_" and, with `dashes`, "-"; at most kMaxNameBytes.
  bool CheckName(absl::string_view path, absl::string_view name, bool dashes);

  // Notes that `name` stands for something from here on. False: it does already, which is reported.
  // Steps have names of their own: "step NAME".
  bool Declare(absl::string_view path, const std::string& name);
  // Where Declare was told of it.
  const std::string& DeclaredAt(const std::string& name) const { return declared_.at(name); }

  // Over what `scope` knows. nullopt: reported. Names in it count as used.
  std::optional<Template> CompileTemplate(absl::string_view path, absl::string_view text,
                                          const ValuePlace& place);
  // A bare expression. No types in `place`: any will do.
  std::optional<Expression> CompileExpression(absl::string_view path, absl::string_view text,
                                              const ValuePlace& place);
  // One of type `type`, which nothing secret may enter.
  std::optional<Expression> CompileExpression(absl::string_view path, absl::string_view text,
                                              Type type, const char* what);

  // From here on `name` is known.
  void Know(const std::string& name, Type type, Taint taint, bool optional);

  // Whether an expression can call a value so: no keyword, and nothing that has a meaning already.
  bool CheckValueName(absl::string_view path, const std::string& name);

  // What is known where the compiler is.
  Scope scope;
  // What it is part of. No secret may be in a probe or logout.
  Conversation conversation = Conversation::kLogin;
  // Callers' requests carry numbers of sequences.
  bool call_has_numbers = false;
  std::set<std::string> used;

 private:
  void AddAll(absl::string_view path, const std::vector<ExpressionError>& errors);
  bool TakesType(absl::string_view path, Type type, const ValuePlace& place);
  bool CheckTaint(absl::string_view path, Taint taint, const ValuePlace& place);

  const config::SourceMap& places_;
  config::Diagnostics* const diagnostics_;
  bool reader_found_mistakes_ = false;
  std::size_t mistakes_ = 0;
  std::map<std::string, std::string> declared_;
};

// Path of a member: "a" and "b" give "a.b".
std::string Member(absl::string_view path, absl::string_view name);
// Path of an element: "a" and 2 give "a[2]".
std::string Element(absl::string_view path, int index);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_COMPILE_CONTEXT_H_
