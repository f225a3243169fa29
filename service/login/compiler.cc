#include "service/login/compiler.h"

#include <google/protobuf/duration.pb.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/login/compile_context.h"
#include "service/login/examples.h"
#include "service/login/header_names.h"
#include "service/login/json_pointer.h"
#include "service/login/request_compiler.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

constexpr absl::Duration kLongestLife = absl::Hours(24 * 3650);

const ValuePlace kSessionId = {"the session id", {Type::kText, Type::kInt}, Taint::kFresh};
const ValuePlace kAttribute = {
    "an attribute", {Type::kText, Type::kInt, Type::kBool}, Taint::kFresh};
const ValuePlace kAttachment = {
    "an attached value", {Type::kText, Type::kInt, Type::kBool}, Taint::kFresh};

std::optional<Outcome> ToOutcome(pb::Outcome outcome) {
  switch (outcome) {
    case pb::OUTCOME_OK:
      return Outcome::kOk;
    case pb::OUTCOME_CREDENTIALS_REJECTED:
      return Outcome::kCredentialsRejected;
    case pb::OUTCOME_CHALLENGE_STALE:
      return Outcome::kChallengeStale;
    case pb::OUTCOME_TRANSIENT:
      return Outcome::kTransient;
    case pb::OUTCOME_PERMANENT:
      return Outcome::kPermanent;
    default:
      return std::nullopt;
  }
}

Type ToType(pb::ValueType type) {
  switch (type) {
    case pb::VALUE_TYPE_INT:
      return Type::kInt;
    case pb::VALUE_TYPE_BOOL:
      return Type::kBool;
    default:
      return Type::kText;
  }
}

template <typename T>
std::size_t SizeOf(const T& repeated) {
  return static_cast<std::size_t>(repeated.size());
}

class Compiler {
 public:
  Compiler(const pb::Definition& definition, const config::SourceMap& places,
           config::Diagnostics* diagnostics)
      : definition_(definition), context_(places, diagnostics) {}

  std::shared_ptr<const Program> Run() {
    CheckHead();
    CompileNames();
    CompileSteps();
    CompileSession();
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
    context_.CheckLength("account", SizeOf(definition_.account()));
    for (const pb::Parameter& parameter : definition_.account()) {
      const std::string path = Member("account", parameter.name());
      if (!context_.CheckName(path, parameter.name(), /*dashes=*/false)) continue;
      Declare(path, absl::StrCat("account.", parameter.name()), Taint::kConstant);
      ParameterSpec spec{parameter.name(), std::nullopt};
      if (parameter.has_default_()) spec.default_value = parameter.default_();
      parts_.parameters.push_back(std::move(spec));
    }
    context_.CheckLength("secrets", SizeOf(definition_.secrets()));
    for (const pb::SecretParameter& secret : definition_.secrets()) {
      const std::string path = Member("secrets", secret.name());
      if (!context_.CheckName(path, secret.name(), /*dashes=*/false)) continue;
      Declare(path, absl::StrCat("secret.", secret.name()), Taint::kRaw);
      parts_.secrets.push_back(secret.name());
    }
  }

  void Declare(absl::string_view path, const std::string& full_name, Taint taint) {
    context_.scope.names[full_name] = Scope::Name{Type::kText, taint, /*optional=*/false};
    if (!declared_.emplace(full_name, std::string(path)).second) {
      context_.Add(path, absl::StrCat("\"", full_name, "\" stands twice"));
    }
  }

  void CompileSteps() {
    if (definition_.login_size() == 0) context_.AddMissing("login");
    if (SizeOf(definition_.login()) > kMaxSteps) {
      context_.Add("login",
                   absl::StrCat(definition_.login_size(), " steps; ", kMaxSteps, " are the most"));
      return;
    }
    for (const pb::Step& step : definition_.login()) {
      for (const pb::Extract& extract : step.extract()) {
        context_.scope.later[extract.name()] = absl::StrCat("step \"", step.step(), "\"");
      }
    }
    for (int i = 0; i < definition_.login_size(); ++i) {
      CompileStep(definition_.login(i), Element("login", static_cast<std::size_t>(i)),
                  /*last=*/i + 1 == definition_.login_size());
    }
  }

  void CompileStep(const pb::Step& step, const std::string& path, bool last) {
    CheckStepName(step.step(), Member(path, "step"));
    std::optional<RequestTemplate> request;
    if (step.has_request()) {
      request = CompileRequest(step.request(), Member(path, "request"), context_);
    } else {
      context_.AddMissing(Member(path, "request"));
    }
    Step out;
    out.name = step.step();
    if (request.has_value()) out.request = *std::move(request);
    out.answers = CompileAnswers(step, Member(path, "answers"), &out.sources);
    out.extract = CompileExtract(step, Member(path, "extract"), &out.sources);
    context_.CheckLength(Member(path, "check"), SizeOf(step.check()));
    for (int i = 0; i < step.check_size(); ++i) {
      std::optional<Expression> check =
          context_.CompileExpression(Element(Member(path, "check"), static_cast<std::size_t>(i)),
                                     step.check(i), Type::kBool, "a check");
      if (check.has_value()) out.checks.push_back(Check{step.check(i), *std::move(check)});
    }
    if (!step.valid_for().empty()) {
      const std::string at = Member(path, "valid_for");
      out.valid_for =
          context_.CompileExpression(at, step.valid_for(), Type::kDuration, "valid_for");
      if (last) context_.Add(at, "no step comes after this one, so nothing can come too late");
    }
    parts_.steps.push_back(std::move(out));
  }

  void CheckStepName(const std::string& name, const std::string& path) {
    if (name.empty()) {
      context_.AddMissing(path);
      return;
    }
    if (!context_.CheckName(path, name, /*dashes=*/true)) return;
    if (name == "session") {
      context_.Add(path, "\"session\" is no name for a step: examples call the session so");
    }
    if (!declared_.emplace(absl::StrCat("step ", name), path).second) {
      context_.Add(path, absl::StrCat("a step \"", name, "\" stands above already"));
    }
  }

  std::vector<AnswerRule> CompileAnswers(const pb::Step& step, const std::string& path,
                                         std::vector<Source>* sources) {
    std::vector<AnswerRule> rules;
    if (step.answers().empty()) context_.AddMissing(path);
    context_.CheckLength(path, SizeOf(step.answers()));
    bool complete = true;
    bool has_ok = false;
    bool always_decided = false;
    for (int i = 0; i < step.answers_size(); ++i) {
      const std::string at = Element(path, static_cast<std::size_t>(i));
      const pb::Rule& rule = step.answers(i);
      if (always_decided) {
        context_.Add(at, "never looked at: the rule before it has no conditions, so it decides");
        break;
      }
      AnswerRule out;
      const std::optional<Outcome> then = ToOutcome(rule.then());
      if (then.has_value()) {
        out.then = *then;
        has_ok = has_ok || out.then == Outcome::kOk;
        CheckAfterRetry(rule, at, &out);
      } else {
        complete = false;
        context_.AddMissing(Member(at, "then"));
      }
      out.when = CompileConditions(rule, Member(at, "when"), sources);
      always_decided = rule.when().empty();
      rules.push_back(std::move(out));
    }
    if (complete && !has_ok && !step.answers().empty()) {
      context_.Add(path, "no rule says `then: ok`, so this login can never succeed");
    }
    return rules;
  }

  void CheckAfterRetry(const pb::Rule& rule, const std::string& path, AnswerRule* out) {
    if (rule.after_retry() == pb::OUTCOME_UNSPECIFIED) return;
    const std::string at = Member(path, "after_retry");
    if (out->then != Outcome::kChallengeStale) {
      context_.Add(at, absl::StrCat("goes with `then: challenge_stale` only, not with `then: ",
                                    NameOf(out->then), "`"));
      return;
    }
    const std::optional<Outcome> outcome = ToOutcome(rule.after_retry());
    if (!outcome.has_value() || outcome == Outcome::kOk || outcome == Outcome::kChallengeStale) {
      context_.Add(at, "expected credentials_rejected, transient or permanent");
      return;
    }
    out->after_retry = *outcome;
  }

  std::vector<Condition> CompileConditions(const pb::Rule& rule, const std::string& path,
                                           std::vector<Source>* sources) {
    std::vector<Condition> conditions;
    context_.CheckLength(path, SizeOf(rule.when()));
    for (const pb::Condition& condition : rule.when()) {
      const std::string at = Member(path, condition.name());
      const std::optional<Source> source = CompileSource(condition.name(), at, sources);
      CheckCondition(condition, at);
      if (!source.has_value()) continue;
      Condition out{*source, {}, {}, std::nullopt, std::nullopt, std::nullopt};
      out.is.assign(condition.is().begin(), condition.is().end());
      out.contains.assign(condition.contains().begin(), condition.contains().end());
      if (condition.has_at_least()) out.at_least = condition.at_least();
      if (condition.has_at_most()) out.at_most = condition.at_most();
      if (condition.has_absent()) out.absent = condition.absent();
      conditions.push_back(std::move(out));
    }
    return conditions;
  }

  void CheckCondition(const pb::Condition& condition, const std::string& path) {
    const bool tests_value = !condition.is().empty() || !condition.contains().empty() ||
                             condition.has_at_least() || condition.has_at_most();
    context_.CheckLength(Member(path, "is"), SizeOf(condition.is()));
    context_.CheckLength(Member(path, "contains"), SizeOf(condition.contains()));
    if (!tests_value && !condition.has_absent()) {
      context_.Add(path, "says nothing; expected is, contains, at_least, at_most or absent");
    }
    if (tests_value && condition.absent()) {
      context_.Add(path, "never holds: what is absent has no value to compare");
    }
    if (condition.has_at_least() && condition.has_at_most() &&
        condition.at_least() > condition.at_most()) {
      context_.Add(path, absl::StrCat("never holds: at_least ", condition.at_least(),
                                      " is above at_most ", condition.at_most()));
    }
    for (const std::string& part : condition.contains()) {
      if (part.empty()) context_.Add(Member(path, "contains"), "an empty text is in every text");
    }
  }

  std::optional<Source> CompileSource(absl::string_view text, const std::string& path,
                                      std::vector<Source>* sources) {
    absl::StatusOr<Source> source = Source::Parse(text);
    if (!source.ok()) {
      context_.Add(path, std::string(source.status().message()));
      return std::nullopt;
    }
    if (std::find(sources->begin(), sources->end(), *source) == sources->end()) {
      sources->push_back(*source);
    }
    return *std::move(source);
  }

  // From here on the values of this step are known.
  std::vector<ExtractRule> CompileExtract(const pb::Step& step, const std::string& path,
                                          std::vector<Source>* sources) {
    std::vector<ExtractRule> rules;
    context_.CheckLength(path, SizeOf(step.extract()));
    for (const pb::Extract& extract : step.extract()) {
      const std::string at = Member(path, extract.name());
      if (!CheckExtractName(extract.name(), at)) continue;
      const ExtractRule rule = CompileExtractRule(extract, at, sources);
      context_.scope.names[extract.name()] =
          Scope::Name{rule.type, Taint::kFresh, extract.optional()};
      context_.scope.later.erase(extract.name());
      rules.push_back(rule);
    }
    return rules;
  }

  bool CheckExtractName(const std::string& name, const std::string& path) {
    if (!context_.CheckName(path, name, /*dashes=*/false)) return false;
    // Keywords and the like: whatever an expression cannot name.
    Scope only;
    only.names[name] = Scope::Name{Type::kText, Taint::kFresh, /*optional=*/false};
    std::vector<ExpressionError> errors;
    if (!Expression::Compile(name, only, &errors).ok() || name == "account" || name == "secret") {
      context_.Add(path, absl::StrCat("\"", name, "\" means something else in expressions"));
      return false;
    }
    const auto [first, added] = declared_.emplace(name, path);
    if (!added) {
      context_.Add(path, absl::StrCat("\"", name, "\" is extracted already, at ", first->second));
    }
    return added;
  }

  ExtractRule CompileExtractRule(const pb::Extract& extract, const std::string& path,
                                 std::vector<Source>* sources) {
    ExtractRule rule;
    rule.name = extract.name();
    rule.type = ToType(extract.type());
    rule.optional = extract.optional();
    if (extract.from().empty()) context_.AddMissing(Member(path, "from"));
    context_.CheckLength(Member(path, "from"), SizeOf(extract.from()));
    for (int i = 0; i < extract.from_size(); ++i) {
      const std::string at = Element(Member(path, "from"), static_cast<std::size_t>(i));
      if (extract.from(i).empty()) continue;  // The reader could not read it.
      std::optional<Source> source = CompileSource(extract.from(i), at, sources);
      if (!source.has_value()) continue;
      if (std::find(rule.from.begin(), rule.from.end(), *source) != rule.from.end()) {
        context_.Add(at, absl::StrCat("\"", source->text(), "\" stands above already"));
      }
      rule.from.push_back(*std::move(source));
    }
    return rule;
  }

  void CompileSession() {
    if (!definition_.has_session()) {
      context_.AddMissing("session");
      return;
    }
    const pb::SessionTemplate& session = definition_.session();
    SessionTemplate& out = parts_.session;
    if (session.id().empty()) {
      context_.AddMissing("session.id");
    } else if (std::optional<Template> id =
                   context_.CompileTemplate("session.id", session.id(), kSessionId)) {
      out.id = *std::move(id);
    }
    context_.CheckLength("session.attributes", SizeOf(session.attributes()));
    for (const pb::Field& attribute : session.attributes()) {
      std::optional<Template> value = context_.CompileTemplate(
          Member("session.attributes", attribute.name()), attribute.value(), kAttribute);
      if (value.has_value()) {
        out.attributes.push_back(NamedTemplate{attribute.name(), *std::move(value)});
      }
    }
    if (session.attach().empty()) context_.AddMissing("session.attach");
    context_.CheckLength("session.attach", SizeOf(session.attach()));
    for (int i = 0; i < session.attach_size(); ++i) {
      CompileAttach(session.attach(i), Element("session.attach", static_cast<std::size_t>(i)));
    }
    if (session.has_idle()) out.idle = CompileLife(session.idle(), "session.idle");
    if (session.has_absolute()) out.absolute = CompileLife(session.absolute(), "session.absolute");
    CompileBindings(session);
  }

  std::optional<absl::Duration> CompileLife(const google::protobuf::Duration& duration,
                                            const char* path) {
    const absl::Duration life =
        absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
    if (life > absl::ZeroDuration() && life <= kLongestLife) return life;
    context_.Add(path, absl::StrCat("expected more than 0s and at most 10 years, found ",
                                    absl::FormatDuration(life)));
    return std::nullopt;
  }

  void CompileBindings(const pb::SessionTemplate& session) {
    for (int i = 0; i < session.bound_to_size(); ++i) {
      const std::string at = Element("session.bound_to", static_cast<std::size_t>(i));
      bool* bound = nullptr;
      if (session.bound_to(i) == pb::BINDING_USER_AGENT) {
        bound = &parts_.session.bound_to_user_agent;
      } else if (session.bound_to(i) == pb::BINDING_CLIENT_ADDRESS) {
        bound = &parts_.session.bound_to_address;
      } else {
        context_.AddMissing(at);
        continue;
      }
      if (*bound) context_.Add(at, "stands above already");
      *bound = true;
    }
  }

  void CompileAttach(const pb::Attach& attach, const std::string& path) {
    AttachTemplate out;
    std::string at = path;
    switch (attach.location_case()) {
      case pb::Attach::kQuery:
        out.location = Location::kQuery;
        out.name = attach.query();
        at = Member(path, "query");
        break;
      case pb::Attach::kHeader:
        out.location = Location::kHeader;
        out.name = attach.header();
        at = Member(path, "header");
        break;
      case pb::Attach::kCookie:
        out.location = Location::kCookie;
        out.name = attach.cookie();
        at = Member(path, "cookie");
        break;
      case pb::Attach::kForm:
        out.location = Location::kForm;
        out.name = attach.form();
        at = Member(path, "form");
        break;
      case pb::Attach::kJsonPointer:
        out.location = Location::kJsonPointer;
        out.name = attach.json_pointer();
        at = Member(path, "json_pointer");
        break;
      case pb::Attach::kPathSegment:
        out.location = Location::kPathSegment;
        out.name = attach.path_segment();
        at = Member(path, "path_segment");
        break;
      case pb::Attach::LOCATION_NOT_SET:
        context_.AddMissing(path);
        return;
    }
    CheckAttachName(out, at);
    for (int i = 0; i < attach.methods_size(); ++i) {
      const std::string method_at = Element(Member(path, "methods"), static_cast<std::size_t>(i));
      if (!CheckMethod(attach.methods(i), method_at, context_)) continue;
      if (std::find(out.methods.begin(), out.methods.end(), attach.methods(i)) !=
          out.methods.end()) {
        context_.Add(method_at, absl::StrCat("\"", attach.methods(i), "\" stands above already"));
      }
      out.methods.push_back(attach.methods(i));
    }
    if (!attach.value().empty()) {
      out.value = context_.CompileTemplate(Member(path, "value"), attach.value(), kAttachment);
    }
    for (const AttachTemplate& other : parts_.session.attach) {
      if (other.location == out.location && other.name == out.name && Overlap(other, out)) {
        context_.Add(at, absl::StrCat("\"", out.name,
                                      "\" is attached at this place already, for the same method"));
      }
    }
    parts_.session.attach.push_back(std::move(out));
  }

  static bool Overlap(const AttachTemplate& a, const AttachTemplate& b) {
    return a.methods.empty() || b.methods.empty() ||
           std::any_of(a.methods.begin(), a.methods.end(), [&](const std::string& method) {
             return std::find(b.methods.begin(), b.methods.end(), method) != b.methods.end();
           });
  }

  void CheckAttachName(const AttachTemplate& attach, const std::string& path) {
    if (attach.name.empty()) {
      context_.Add(path, "the name is empty");
    } else if (attach.location == Location::kHeader && IsReservedHeader(attach.name)) {
      context_.Add(path,
                   absl::StrCat("the header \"", attach.name, "\" belongs to the connection"));
    } else if ((attach.location == Location::kHeader || attach.location == Location::kCookie) &&
               !IsToken(attach.name)) {
      context_.Add(path, absl::StrCat("\"", attach.name, "\" is no name for a ",
                                      attach.location == Location::kHeader ? "header" : "cookie"));
    } else if (attach.location == Location::kJsonPointer) {
      const absl::StatusOr<JsonPath> pointer = ParseJsonPointer(attach.name);
      if (!pointer.ok()) context_.Add(path, std::string(pointer.status().message()));
    }
  }

  void CheckEverythingIsUsed() {
    for (const auto& [name, known] : context_.scope.names) {
      if (context_.used.find(name) != context_.used.end()) continue;
      context_.Add(declared_[name],
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
  // Where each name was declared, steps with "step " before them.
  std::map<std::string, std::string> declared_;
};

}  // namespace

std::shared_ptr<const Program> Compile(const pb::Definition& definition,
                                       const config::SourceMap& places,
                                       config::Diagnostics* diagnostics) {
  return Compiler(definition, places, diagnostics).Run();
}

}  // namespace sessionbroker::login
