#include "service/login/compile_context.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/login/compiler.h"

namespace sessionbroker::login {
namespace {

std::string ListOf(const std::vector<Type>& types) {
  std::string list;
  for (std::size_t i = 0; i < types.size(); ++i) {
    absl::StrAppend(&list, i == 0 ? "" : i + 1 == types.size() ? " or " : ", ", NameOf(types[i]));
  }
  return list;
}

// What to do about a value of `type` where `place` does not take it.
std::string Advice(Type type) {
  switch (type) {
    case Type::kBytes:
      return "; hex(…) and base64(…) make text of bytes";
    case Type::kTime:
    case Type::kDuration:
      return "; a number or text must be made of it by name";
    case Type::kParams:
      return "; join(…) makes text of parameters";
    default:
      return "";
  }
}

}  // namespace

std::string Member(absl::string_view path, absl::string_view name) {
  return absl::StrCat(path, path.empty() ? "" : ".", name);
}

std::string Element(absl::string_view path, int index) {
  return absl::StrCat(path, "[", index, "]");
}

CompileContext::CompileContext(const config::SourceMap& places, config::Diagnostics* diagnostics)
    : places_(places), diagnostics_(diagnostics) {
  for (const config::Diagnostic& known : diagnostics_->list()) {
    reader_found_mistakes_ = reader_found_mistakes_ || known.file == places_.file();
  }
}

void CompileContext::Add(absl::string_view path, std::string message, std::size_t offset) {
  ++mistakes_;
  diagnostics_->Add(places_.At(path, std::move(message), static_cast<int>(offset)));
}

void CompileContext::AddMissing(absl::string_view path) {
  if (!reader_found_mistakes_) Add(path, "required, but missing");
}

bool CompileContext::clean() const { return mistakes_ == 0 && !reader_found_mistakes_; }

bool CompileContext::CheckLength(absl::string_view path, int length) {
  if (length <= kMaxListLength) return true;
  Add(path, absl::StrCat(length, " elements; ", kMaxListLength, " are the most"));
  return false;
}

bool CompileContext::CheckName(absl::string_view path, absl::string_view name, bool dashes) {
  const auto fits = [dashes](char c) {
    return absl::ascii_isalnum(c) || c == '_' || (dashes && c == '-');
  };
  if (!name.empty() && name.size() <= kMaxNameBytes && absl::ascii_isalpha(name[0]) &&
      std::all_of(name.begin(), name.end(), fits)) {
    return true;
  }
  Add(path, absl::StrCat("\"", name, "\" is no name: expected a letter, then letters, digits",
                         dashes ? ", \"-\"" : "", " and \"_\", at most ", kMaxNameBytes));
  return false;
}

bool CompileContext::Declare(absl::string_view path, const std::string& name) {
  const auto [first, added] = declared_.emplace(name, std::string(path));
  if (!added) Add(path, absl::StrCat("the name is taken already, at ", first->second));
  return added;
}

void CompileContext::AddAll(absl::string_view path, const std::vector<ExpressionError>& errors) {
  for (const ExpressionError& error : errors) Add(path, error.message, error.offset);
}

bool CompileContext::CheckTaint(absl::string_view path, Taint taint, const ValuePlace& place) {
  const bool about_session =
      conversation == Conversation::kProbe || conversation == Conversation::kLogout;
  const Taint highest = about_session ? std::min(place.highest, Taint::kFresh) : place.highest;
  if (taint <= highest) return true;
  if (taint == Taint::kFresh) {
    Add(path, absl::StrCat("what is not always the same would reach ", place.what));
    return false;
  }
  const bool in_call = conversation == Conversation::kCall;
  Add(path,
      taint == Taint::kRaw
          ? absl::StrCat("a secret, or what is as good as one, would reach ", place.what,
                         in_call ? "; only what the broker sends itself may carry it: a login "
                                   "request, or one of a caller's by `inject`"
                                 : "; only a login request may carry it")
          : absl::StrCat(
                "a digest over a secret would reach ", place.what,
                in_call ? "; only a request may carry it" : "; only a login request may carry it"));
  return false;
}

std::optional<Template> CompileContext::CompileTemplate(absl::string_view path,
                                                        absl::string_view text,
                                                        const ValuePlace& place) {
  if (text.size() > kMaxTemplateBytes) {
    Add(path, absl::StrCat(text.size(), " bytes; ", kMaxTemplateBytes, " are the most"));
    return std::nullopt;
  }
  std::vector<ExpressionError> errors;
  absl::StatusOr<Template> compiled = Template::Compile(text, scope, &errors);
  if (!compiled.ok()) {
    AddAll(path, errors);
    return std::nullopt;
  }
  for (const Template::Part& part : compiled->parts()) {
    if (part.expression == nullptr) continue;
    used.insert(part.expression->names().begin(), part.expression->names().end());
  }
  if (!TakesType(path, compiled->type(), place)) return std::nullopt;
  if (!CheckTaint(path, compiled->taint(), place)) return std::nullopt;
  return *std::move(compiled);
}

bool CompileContext::TakesType(absl::string_view path, Type type, const ValuePlace& place) {
  if (place.types.empty() ||
      std::find(place.types.begin(), place.types.end(), type) != place.types.end()) {
    return true;
  }
  Add(path, absl::StrCat(place.what, " must be ", ListOf(place.types), ", this is ", NameOf(type),
                         Advice(type)));
  return false;
}

std::optional<Expression> CompileContext::CompileExpression(absl::string_view path,
                                                            absl::string_view text,
                                                            const ValuePlace& place) {
  std::vector<ExpressionError> errors;
  absl::StatusOr<Expression> compiled = Expression::Compile(text, scope, &errors);
  if (!compiled.ok()) {
    AddAll(path, errors);
    return std::nullopt;
  }
  used.insert(compiled->names().begin(), compiled->names().end());
  if (!TakesType(path, compiled->type(), place)) return std::nullopt;
  if (!CheckTaint(path, compiled->taint(), place)) return std::nullopt;
  return *std::move(compiled);
}

std::optional<Expression> CompileContext::CompileExpression(absl::string_view path,
                                                            absl::string_view text, Type type,
                                                            const char* what) {
  return CompileExpression(path, text, ValuePlace{what, {type}, Taint::kFresh});
}

void CompileContext::Know(const std::string& name, Type type, Taint taint, bool optional) {
  scope.names[name] = Scope::Name{type, taint, optional};
  scope.later.erase(name);
}

bool CompileContext::CheckValueName(absl::string_view path, const std::string& name) {
  if (!CheckName(path, name, /*dashes=*/false)) return false;
  // Keywords and the like: whatever an expression cannot name.
  Scope only;
  only.names[name] = Scope::Name{Type::kText, Taint::kFresh, /*optional=*/false};
  std::vector<ExpressionError> errors;
  const absl::StatusOr<Expression> alone = Expression::Compile(name, only, &errors);
  constexpr absl::string_view kTaken[] = {"account", "secret", "kept",
                                          "next",    "now",    "provider_now"};
  if (alone.ok() && !alone->names().empty() &&
      std::find(std::begin(kTaken), std::end(kTaken), name) == std::end(kTaken)) {
    return true;
  }
  Add(path, absl::StrCat("\"", name, "\" means something else in expressions"));
  return false;
}

}  // namespace sessionbroker::login
