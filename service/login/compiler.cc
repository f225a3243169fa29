#include "service/login/compiler.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/login/compile_context.h"
#include "service/login/examples.h"
#include "service/login/session_compiler.h"
#include "service/login/step_compiler.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

class Compiler {
 public:
  Compiler(const pb::Definition& definition, const config::SourceMap& places,
           config::Diagnostics* diagnostics)
      : definition_(definition), context_(places, diagnostics) {}

  std::shared_ptr<const Program> Run() {
    CheckHead();
    CompileNames();
    CompileSteps();
    if (definition_.has_session()) {
      parts_.session = CompileSession(definition_.session(), context_);
    } else {
      context_.AddMissing("session");
    }
    if (!context_.clean()) return nullptr;
    CheckEverythingIsUsed();
    if (!context_.clean()) return nullptr;
    parts_.scope = context_.scope;
    parts_.behaviour = Behaviour();
    auto program = std::make_shared<const Program>(std::move(parts_));
    CheckExamples(definition_, *program, context_);
    return context_.clean() ? program : nullptr;
  }

 private:
  void CheckHead() {
    if (definition_.schema() == 0) {
      context_.AddMissing("schema");
    } else if (definition_.schema() != 1) {
      context_.Add("schema",
                   absl::StrCat("schema ", definition_.schema(), " is not known; expected 1"));
    }
    const std::string& name = definition_.provider();
    if (name.empty()) {
      context_.AddMissing("provider");
    } else if (name.size() > kMaxNameBytes || !absl::ascii_islower(name[0]) ||
               !std::all_of(name.begin(), name.end(), [](char c) {
                 return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_';
               })) {
      context_.Add("provider",
                   absl::StrCat("\"", name,
                                "\" is no provider name: expected a lower-case letter, then "
                                "lower-case letters, digits, \"-\" and \"_\", at most ",
                                kMaxNameBytes));
    }
    parts_.provider = name;
  }

  void CompileNames() {
    context_.CheckLength("account", definition_.account().size());
    for (const pb::Parameter& parameter : definition_.account()) {
      const std::string path = Member("account", parameter.name());
      if (!context_.CheckName(path, parameter.name(), /*dashes=*/false)) continue;
      Declare(path, absl::StrCat("account.", parameter.name()), Taint::kConstant);
      ParameterSpec spec{parameter.name(), std::nullopt};
      if (parameter.has_default_()) spec.default_value = parameter.default_();
      parts_.parameters.push_back(std::move(spec));
    }
    context_.CheckLength("secrets", definition_.secrets().size());
    for (const pb::SecretParameter& secret : definition_.secrets()) {
      const std::string path = Member("secrets", secret.name());
      if (!context_.CheckName(path, secret.name(), /*dashes=*/false)) continue;
      Declare(path, absl::StrCat("secret.", secret.name()), Taint::kRaw);
      parts_.secrets.push_back(secret.name());
    }
  }

  void Declare(absl::string_view path, const std::string& full_name, Taint taint) {
    context_.scope.names[full_name] = Scope::Name{Type::kText, taint, /*optional=*/false};
    context_.Declare(path, full_name);
  }

  void CompileSteps() {
    if (definition_.login_size() == 0) context_.AddMissing("login");
    if (definition_.login().size() > kMaxSteps) {
      context_.Add("login",
                   absl::StrCat(definition_.login_size(), " steps; ", kMaxSteps, " are the most"));
    }
    for (const pb::Step& step : definition_.login()) {
      for (const pb::Extract& extract : step.extract()) {
        context_.scope.later[extract.name()] = absl::StrCat("step \"", step.step(), "\"");
      }
    }
    for (int i = 0; i < definition_.login_size(); ++i) {
      parts_.steps.push_back(CompileStep(definition_.login(i), Element("login", i),
                                         /*last=*/i + 1 == definition_.login_size(), context_));
    }
  }

  void CheckEverythingIsUsed() {
    for (const auto& [name, known] : context_.scope.names) {
      if (context_.used.find(name) != context_.used.end()) continue;
      context_.Add(context_.DeclaredAt(name),
                   absl::StrCat("\"", name, "\" is not used anywhere; remove it, or use it"));
    }
  }

  // Everything that a login does, and nothing that is for people alone.
  std::string Behaviour() const {
    pb::Definition core = definition_;
    core.clear_summary();
    core.clear_documentation();
    core.clear_assumptions();
    core.clear_examples();
    for (pb::Parameter& parameter : *core.mutable_account()) parameter.clear_about();
    for (pb::SecretParameter& secret : *core.mutable_secrets()) secret.clear_about();
    return core.SerializeAsString();
  }

  const pb::Definition& definition_;
  CompileContext context_;
  Program::Parts parts_;
};

}  // namespace

std::shared_ptr<const Program> Compile(const pb::Definition& definition,
                                       const config::SourceMap& places,
                                       config::Diagnostics* diagnostics) {
  return Compiler(definition, places, diagnostics).Run();
}

}  // namespace sessionbroker::login
