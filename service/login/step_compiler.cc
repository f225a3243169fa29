#include "service/login/step_compiler.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/login/request_compiler.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

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

class StepCompiler {
 public:
  explicit StepCompiler(CompileContext& context) : context_(context) {}

  Step Compile(const pb::Step& step, absl::string_view path, bool last) {
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
    context_.CheckLength(Member(path, "check"), step.check().size());
    for (int i = 0; i < step.check_size(); ++i) {
      std::optional<Expression> check = context_.CompileExpression(
          Element(Member(path, "check"), i), step.check(i), Type::kBool, "a check");
      if (check.has_value()) out.checks.push_back(Check{step.check(i), *std::move(check)});
    }
    if (!step.valid_for().empty()) {
      const std::string at = Member(path, "valid_for");
      out.valid_for =
          context_.CompileExpression(at, step.valid_for(), Type::kDuration, "valid_for");
      if (last) context_.Add(at, "no step comes after this one, so nothing can come too late");
    }
    return out;
  }

 private:
  void CheckStepName(const std::string& name, const std::string& path) {
    if (name.empty()) {
      context_.AddMissing(path);
      return;
    }
    if (!context_.CheckName(path, name, /*dashes=*/true)) return;
    if (name == "session") {
      context_.Add(path, "\"session\" is no name for a step: examples call the session so");
    }
    context_.Declare(path, absl::StrCat("step ", name));
  }

  std::vector<AnswerRule> CompileAnswers(const pb::Step& step, const std::string& path,
                                         std::vector<Source>* sources) {
    std::vector<AnswerRule> rules;
    if (step.answers().empty()) context_.AddMissing(path);
    context_.CheckLength(path, step.answers().size());
    bool complete = true;
    bool has_ok = false;
    bool always_decided = false;
    for (int i = 0; i < step.answers_size(); ++i) {
      const std::string at = Element(path, i);
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
    context_.CheckLength(path, rule.when().size());
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
    context_.CheckLength(Member(path, "is"), condition.is().size());
    context_.CheckLength(Member(path, "contains"), condition.contains().size());
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
    context_.CheckLength(path, step.extract().size());
    for (const pb::Extract& extract : step.extract()) {
      const std::string at = Member(path, extract.name());
      if (!CheckExtractName(extract.name(), at)) continue;
      const ExtractRule rule = CompileExtractRule(extract, at, sources);
      context_.scope.names[extract.name()] =
          Scope::Name{rule.type, TaintOf(rule), extract.optional()};
      context_.scope.later.erase(extract.name());
      rules.push_back(rule);
    }
    return rules;
  }

  // A status is no value that is new each time.
  static Taint TaintOf(const ExtractRule& rule) {
    const bool may_be_status =
        std::any_of(rule.from.begin(), rule.from.end(),
                    [](const Source& source) { return source.kind() == Source::Kind::kStatus; });
    return may_be_status ? Taint::kConstant : Taint::kFresh;
  }

  bool CheckExtractName(const std::string& name, const std::string& path) {
    if (!context_.CheckName(path, name, /*dashes=*/false)) return false;
    // Keywords and the like: whatever an expression cannot name.
    Scope only;
    only.names[name] = Scope::Name{Type::kText, Taint::kFresh, /*optional=*/false};
    std::vector<ExpressionError> errors;
    const absl::StatusOr<Expression> alone = Expression::Compile(name, only, &errors);
    if (!alone.ok() || alone->names().empty() || name == "account" || name == "secret") {
      context_.Add(path, absl::StrCat("\"", name, "\" means something else in expressions"));
      return false;
    }
    return context_.Declare(path, name);
  }

  ExtractRule CompileExtractRule(const pb::Extract& extract, const std::string& path,
                                 std::vector<Source>* sources) {
    ExtractRule rule;
    rule.name = extract.name();
    rule.type = ToType(extract.type());
    rule.optional = extract.optional();
    if (extract.from().empty()) context_.AddMissing(Member(path, "from"));
    context_.CheckLength(Member(path, "from"), extract.from().size());
    for (int i = 0; i < extract.from_size(); ++i) {
      const std::string at = Element(Member(path, "from"), i);
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

  CompileContext& context_;
};

}  // namespace

Step CompileStep(const pb::Step& step, absl::string_view path, bool last, CompileContext& context) {
  return StepCompiler(context).Compile(step, path, last);
}

}  // namespace sessionbroker::login
