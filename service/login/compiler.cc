#include "service/login/compiler.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/config/renewal.h"
#include "service/login/additions_compiler.h"
#include "service/login/compile_context.h"
#include "service/login/examples.h"
#include "service/login/session_compiler.h"
#include "service/login/session_request_compiler.h"
#include "service/login/step_compiler.h"
#include "service/login/zone_policy.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

// Of a sequence that follows the time.
constexpr absl::Duration kMostAhead = absl::Hours(24);

class Compiler {
 public:
  Compiler(const pb::Definition& definition, const config::SourceMap& places,
           config::Diagnostics* diagnostics)
      : definition_(definition), context_(places, diagnostics) {}

  std::shared_ptr<const Program> Run() {
    CheckHead();
    CompileNames();
    CompileSequences();
    DeclareKept();
    CompileSteps();
    if (definition_.has_session()) {
      parts_.session = CompileSession(definition_.session(), context_);
    } else if (definition_.login_size() > 0 || !MakesRequestsComplete()) {
      context_.AddMissing("session");
    }
    CompileKeep();
    CompileSessionRequests();
    CompileCalls();
    CompileRenewal();
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
    for (const char* clock : {"now", "provider_now"}) {
      context_.scope.names[clock] = Scope::Name{Type::kTime, Taint::kFresh, /*optional=*/false};
      context_.used.insert(clock);
    }
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

  void Declare(absl::string_view path, const std::string& full_name, Taint taint,
               Type type = Type::kText, bool optional = false) {
    context_.scope.names[full_name] = Scope::Name{type, taint, optional};
    context_.Declare(path, full_name);
  }

  void CompileSequences() {
    context_.CheckLength("sequences", definition_.sequences_size());
    for (const pb::Sequence& sequence : definition_.sequences()) {
      const std::string path = Member("sequences", sequence.name());
      if (!context_.CheckName(path, sequence.name(), /*dashes=*/false)) continue;
      std::optional<Expression> key = context_.CompileExpression(
          Member(path, "key"), sequence.key(),
          ValuePlace{"a sequence's key", {Type::kText}, Taint::kConstant});
      const std::optional<SequenceSpec> spec = CompileSpec(sequence, path);
      // A number of a sequence is given once.
      Declare(path, absl::StrCat("next.", sequence.name()), Taint::kFresh, Type::kInt);
      if (!key.has_value() || !spec.has_value()) continue;
      parts_.sequences.push_back(SequenceTemplate{sequence.name(), *std::move(key), *spec,
                                                  sequence.raise_by(), sequence.in_order()});
    }
  }

  std::optional<SequenceSpec> CompileSpec(const pb::Sequence& sequence, const std::string& path) {
    SequenceSpec spec;
    switch (sequence.unit()) {
      case pb::SEQUENCE_UNIT_MILLISECONDS:
        spec.unit = SequenceSpec::Unit::kMilliseconds;
        break;
      case pb::SEQUENCE_UNIT_COUNT:
        spec.unit = SequenceSpec::Unit::kCount;
        break;
      default:
        break;
    }
    if (sequence.has_start()) spec.start = sequence.start();
    if (sequence.has_max()) spec.max = sequence.max();
    const std::size_t before = context_.mistakes();
    if (spec.start < 0) context_.Add(Member(path, "start"), "expected 0 or more");
    if (spec.max <= spec.start) {
      context_.Add(Member(path, "max"), absl::StrCat("expected more than `start`, ", spec.start));
    }
    if (sequence.raise_by() < 0 || sequence.raise_by() > spec.max - spec.start) {
      context_.Add(Member(path, "raise_by"), "expected 0 or more, and no more than to `max`");
    }
    if (sequence.has_max_ahead()) {
      spec.max_ahead = absl::Seconds(sequence.max_ahead().seconds()) +
                       absl::Nanoseconds(sequence.max_ahead().nanos());
      if (spec.unit == SequenceSpec::Unit::kCount) {
        context_.Add(Member(path, "max_ahead"), "goes with numbers that follow the time only");
      } else if (spec.max_ahead < absl::Seconds(1) || spec.max_ahead > kMostAhead) {
        context_.Add(Member(path, "max_ahead"), "expected 1s to 24h");
      }
    }
    return context_.mistakes() == before ? std::make_optional(spec) : std::nullopt;
  }

  // What earlier logins left may be there or not. A secret one is neither ours to show nor, as what
  // an account's owner gave, to be known from what we send: it counts as sealed.
  void DeclareKept() {
    context_.CheckLength("keep", definition_.keep_size());
    for (const pb::Kept& kept : definition_.keep()) {
      const std::string path = Member("keep", kept.name());
      if (!context_.CheckName(path, kept.name(), /*dashes=*/false)) continue;
      Declare(path, absl::StrCat("kept.", kept.name()),
              kept.secret() ? Taint::kSealed : Taint::kConstant, Type::kText, /*optional=*/true);
    }
  }

  void CompileKeep() {
    for (const pb::Kept& kept : definition_.keep()) {
      const ValuePlace place = {kept.secret() ? "a secret kept value" : "a kept value",
                                {Type::kText},
                                kept.secret() ? Taint::kSealed : Taint::kFresh};
      const std::string path = Member(Member("keep", kept.name()), "value");
      if (std::optional<Expression> value = context_.CompileExpression(path, kept.value(), place)) {
        parts_.keep.push_back(NamedExpression{kept.name(), *std::move(value)});
        if (kept.secret()) parts_.secret_keep.insert(kept.name());
      }
    }
  }

  // A provider without sessions is one whose requests carry all that they need.
  bool MakesRequestsComplete() const { return definition_.has_sign() || definition_.has_inject(); }

  void CompileSteps() {
    if (definition_.login_size() == 0) CheckSessionless();
    if (definition_.login().size() > kMaxSteps) {
      context_.Add("login",
                   absl::StrCat(definition_.login_size(), " steps; ", kMaxSteps, " are the most"));
    }
    for (const pb::Step& step : definition_.login()) {
      for (const pb::Extract& extract : step.extract()) {
        context_.scope.later[extract.name()] = absl::StrCat("step \"", step.step(), "\"");
      }
      for (const pb::Field& let : step.let()) {
        context_.scope.later[let.name()] = absl::StrCat("step \"", step.step(), "\"");
      }
    }
    for (int i = 0; i < definition_.login_size(); ++i) {
      parts_.steps.push_back(CompileStep(definition_.login(i), Element("login", i),
                                         /*last=*/i + 1 == definition_.login_size(), context_));
    }
  }

  void CompileSessionRequests() {
    if (definition_.has_session() && (definition_.has_probe() || definition_.has_logout() ||
                                      definition_.has_call() || MakesRequestsComplete())) {
      DeclareSession(definition_.session(), context_);
    }
    if (definition_.has_probe()) {
      parts_.probe = CompileSessionRequest(definition_.probe(), Conversation::kProbe, context_);
    }
    if (definition_.has_logout()) {
      parts_.logout = CompileSessionRequest(definition_.logout(), Conversation::kLogout, context_);
    }
  }

  void CheckSessionless() {
    if (definition_.has_session() || !MakesRequestsComplete()) {
      context_.AddMissing("login");
      return;
    }
    const std::pair<const char*, bool> parts[] = {{"probe", definition_.has_probe()},
                                                  {"logout", definition_.has_logout()},
                                                  {"keep", definition_.keep_size() > 0}};
    for (const auto& [name, is_there] : parts) {
      if (is_there) context_.Add(name, "there is no `login` that it could belong to");
    }
  }

  void CompileCalls() {
    if (definition_.has_sign()) {
      parts_.sign = CompileSign(definition_.sign(), parts_.session, context_);
    }
    if (definition_.has_inject()) {
      if (definition_.has_sign()) {
        context_.Add("inject",
                     "beside `sign`: what the broker sends itself can be signed here too");
      }
      parts_.inject = CompileInject(definition_.inject(), parts_.session, context_);
    }
    if (MakesRequestsComplete()) parts_.session.signing_required = true;
    if (definition_.has_call()) parts_.call = CompileCall(definition_.call(), context_);
  }

  void CompileRenewal() {
    const std::size_t before = context_.mistakes();
    parts_.renewal = config::ReadRenewal(
        definition_.renewal(), [this](absl::string_view field, const std::string& message) {
          context_.Add(Member("renewal", field), message);
        });
    if (context_.mistakes() != before) return;
    const absl::Status together = CheckZones(ZonesOf(parts_.renewal));
    if (!together.ok()) context_.Add("renewal", std::string(together.message()));
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
    core.clear_renewal();
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
