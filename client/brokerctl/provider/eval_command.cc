#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/brokerctl/format.h"
#include "client/brokerctl/provider/assignment.h"
#include "client/brokerctl/provider/commands.h"
#include "client/brokerctl/provider/definition_file.h"
#include "client/brokerctl/provider/value_text.h"
#include "service/base/nearest_name.h"
#include "service/base/status_macros.h"
#include "service/config/text_file.h"
#include "service/crypto/random.h"
#include "service/login/expression/evaluation.h"
#include "service/login/given_values.h"

namespace sessionbroker::brokerctl {
namespace {

using login::Type;

struct EvalArguments {
  std::string file;
  std::string expression;
  std::vector<std::string> values;
  std::vector<std::string> files;
};

constexpr Type kTypes[] = {Type::kText, Type::kBytes,    Type::kInt,   Type::kBool,
                           Type::kTime, Type::kDuration, Type::kParams};

absl::StatusOr<Type> ParseType(absl::string_view text) {
  std::vector<std::string> known;
  for (const Type type : kTypes) {
    if (text == login::NameOf(type)) return type;
    known.emplace_back(login::NameOf(type));
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no type that can be given",
                                                 base::Suggestion(text, known, "known are")));
}

// What the definition knows, and what the command line adds to it.
class Given {
 public:
  Given(const login::Program& program, absl::Time now)
      : program_(program), scope_(program.scope()), bindings_(login::DefaultsOf(program)) {
    for (const char* clock : {"now", "provider_now"}) {
      bindings_.insert_or_assign(clock, login::Value::Time(now));
    }
  }

  // `name` is "NAME" or "NAME:TYPE". The error tells nothing of `value`.
  absl::Status Add(absl::string_view option, absl::string_view name, absl::string_view value) {
    const std::size_t colon = name.find(':');
    const std::string bare(name.substr(0, colon));
    SB_ASSIGN_OR_RETURN(
        const Type type,
        TypeOf(bare, colon == absl::string_view::npos ? "" : name.substr(colon + 1)));
    std::optional<login::Value> parsed = login::ParseValueOf(bare, value, type);
    if (!parsed.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat(option, " ", bare, ": the value is no ", login::NameOf(type)));
    }
    bindings_.insert_or_assign(bare, *std::move(parsed));
    return absl::OkStatus();
  }

  void AddLets() { login::AddLets(program_, crypto::SystemRandom(), &bindings_); }

  // Names without which it cannot be evaluated.
  std::vector<std::string> MissingFor(const std::set<std::string>& names) const {
    std::vector<std::string> missing;
    for (const std::string& name : names) {
      const auto known = scope_.names.find(name);
      const bool optional = known != scope_.names.end() && known->second.optional;
      if (!optional && !bindings_.contains(name)) missing.push_back(name);
    }
    return missing;
  }

  const login::Scope& scope() const { return scope_; }
  const login::Bindings& bindings() const { return bindings_; }

 private:
  // A name of the definition has its type; another one needs to be given one.
  absl::StatusOr<Type> TypeOf(const std::string& name, absl::string_view written) {
    const auto known = scope_.names.find(name);
    if (written.empty() && known != scope_.names.end()) return known->second.type;
    if (written.empty()) {
      std::vector<std::string> names;
      for (const auto& [other, unused] : scope_.names) names.push_back(other);
      return absl::InvalidArgumentError(
          absl::StrCat("\"", name, "\" is no name of the definition, so it needs a type, as in \"",
                       name, ":text=…\"", base::Suggestion(name, names, "known are")));
    }
    SB_ASSIGN_OR_RETURN(const Type type, ParseType(written));
    if (known == scope_.names.end()) {
      scope_.names[name] = login::Scope::Name{type, login::Taint::kFresh, /*optional=*/false};
    } else if (known->second.type != type) {
      return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is ",
                                                     login::NameOf(known->second.type),
                                                     " in the definition, not ", written));
    }
    return type;
  }

  const login::Program& program_;
  login::Scope scope_;
  login::Bindings bindings_;
};

// A file's content without one line end at its end.
absl::StatusOr<std::string> ReadValueFile(const std::string& path) {
  absl::StatusOr<std::string> text = config::ReadTextFile(path, login::kMaxValueSizeInBytes);
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--with-file: ", path, ": ", text.status().message()));
  }
  absl::string_view content = *text;
  if (absl::ConsumeSuffix(&content, "\n")) absl::ConsumeSuffix(&content, "\r");
  return std::string(content);
}

absl::Status AddAll(const EvalArguments& arguments, Given* given) {
  for (const std::string& text : arguments.values) {
    SB_ASSIGN_OR_RETURN(const Assignment with, ParseAssignment("--with", text));
    SB_RETURN_IF_ERROR(given->Add("--with", with.name, with.value));
  }
  for (const std::string& text : arguments.files) {
    SB_ASSIGN_OR_RETURN(const Assignment with, ParseAssignment("--with-file", text));
    SB_ASSIGN_OR_RETURN(const std::string value, ReadValueFile(with.value));
    SB_RETURN_IF_ERROR(given->Add("--with-file", with.name, value));
  }
  given->AddLets();
  return absl::OkStatus();
}

// The line of the text in which the mistake is, with a caret below the place.
void PointAt(absl::string_view text, const login::ExpressionError& error, std::ostream* err) {
  const std::size_t offset = std::min(error.offset, text.size());
  const std::size_t before = text.substr(0, offset).rfind('\n');
  const std::size_t begin = before == absl::string_view::npos ? 0 : before + 1;
  const std::size_t end = std::min(text.find('\n', offset), text.size());
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
  std::string indent;
  for (const char c : text.substr(begin, offset - begin)) {
    // A character's later bytes take no room.
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) indent.push_back(c == '\t' ? c : ' ');
  }
  *err << "expression:" << line << ":" << offset - begin + 1 << ": " << error.message << "\n  "
       << text.substr(begin, end - begin) << "\n  " << indent << "^\n";
}

// Either form of a text that may hold `${…}`, and what it looks at.
struct Compiled {
  std::function<absl::StatusOr<login::Value>(const login::Bindings&, login::Evaluation&)> evaluate;
  std::set<std::string> names;
  login::Taint taint = login::Taint::kConstant;
};

std::optional<Compiled> Compile(const std::string& text, const login::Scope& scope,
                                std::vector<login::ExpressionError>* errors) {
  Compiled compiled;
  if (!absl::StrContains(text, "${")) {
    const auto expression = login::Expression::Compile(text, scope, errors);
    if (!expression.ok()) return std::nullopt;
    compiled.names = expression->names();
    compiled.taint = expression->taint();
    compiled.evaluate = [only = *expression](const login::Bindings& bindings,
                                             login::Evaluation& evaluation) {
      return only.Evaluate(bindings, evaluation);
    };
    return compiled;
  }
  const auto whole = login::Template::Compile(text, scope, errors);
  if (!whole.ok()) return std::nullopt;
  for (const login::Template::Part& part : whole->parts()) {
    if (part.expression == nullptr) continue;
    compiled.names.insert(part.expression->names().begin(), part.expression->names().end());
  }
  compiled.taint = whole->taint();
  compiled.evaluate = [only = *whole](const login::Bindings& bindings,
                                      login::Evaluation& evaluation) {
    return only.Evaluate(bindings, evaluation);
  };
  return compiled;
}

ExitCode Fail(absl::string_view message, const LocalEnvironment& environment) {
  *environment.err << "brokerctl: " << Printable(message) << "\n";
  return ExitCode::kUsage;
}

ExitCode Eval(const EvalArguments& arguments, const LocalEnvironment& environment) {
  config::Diagnostics diagnostics;
  const login::CheckedDefinition checked = ReadDefinitionFile(arguments.file, &diagnostics);
  if (checked.program == nullptr) {
    *environment.err << diagnostics.ToString();
    return ExitCode::kUsage;
  }
  Given given(*checked.program, environment.now());
  if (const absl::Status added = AddAll(arguments, &given); !added.ok()) {
    return Fail(added.message(), environment);
  }
  std::vector<login::ExpressionError> errors;
  const std::optional<Compiled> compiled = Compile(arguments.expression, given.scope(), &errors);
  if (!compiled.has_value()) {
    for (const login::ExpressionError& error : errors) {
      PointAt(arguments.expression, error, environment.err);
    }
    return ExitCode::kUsage;
  }
  if (const auto missing = given.MissingFor(compiled->names); !missing.empty()) {
    return Fail(absl::StrCat("the expression needs ", absl::StrJoin(missing, ", "),
                             ": give --with ", missing.front(), "=…"),
                environment);
  }
  login::Evaluation evaluation(crypto::SystemRandom());
  const absl::StatusOr<login::Value> value = compiled->evaluate(given.bindings(), evaluation);
  if (!value.ok()) return Fail(value.status().message(), environment);
  *environment.out << AlignColumns({{"value", ValueText(*value)},
                                    {"type", std::string(login::NameOf(value->type()))},
                                    {"taint", std::string(TaintText(compiled->taint))}});
  return ExitCode::kOk;
}

}  // namespace

LocalCommand AddProviderEvalCommand(CLI::App* provider) {
  CLI::App* command = provider->add_subcommand(
      "eval", "Evaluate an expression with the names and types of a definition");
  const auto arguments = std::make_shared<EvalArguments>();
  command->add_option("FILE", arguments->file, "The definition, YAML")->required();
  command
      ->add_option("EXPRESSION", arguments->expression,
                   "As in the definition: bare, or a text with ${…} in it")
      ->required();
  AddAssignmentOption(
      command, "--with", &arguments->values, "NAME[:TYPE]=VALUE",
      "The value of a name: account.login=…, secret.password=…, token=…. The "
      "definition knows the type of its names; for another name it must be told. "
      "Bytes are written in hex, but for request.body, a time as RFC 3339, a duration as "
      "90s, params as a=1&b=2");
  AddAssignmentOption(command, "--with-file", &arguments->files, "NAME[:TYPE]=FILE",
                      "The same, read from a file, without one line end at its end");
  command->footer(
      "Prints the value (bytes as hex), its type, and where the language lets it go. Do not give\n"
      "real secrets: what is made of them is printed, and the command line is seen by others on\n"
      "this machine and kept by the shell; with --with-file it is at least not on the command\n"
      "line. `let` of the definition is computed of what is given; `now` and `provider_now` are\n"
      "the present time unless they are given.");
  return {command, [arguments](const LocalEnvironment& environment) {
            return Eval(*arguments, environment);
          }};
}

}  // namespace sessionbroker::brokerctl
