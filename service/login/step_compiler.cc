#include "service/login/step_compiler.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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
    case pb::OUTCOME_SESSION_EXPIRED:
      return Outcome::kSessionExpired;
    case pb::OUTCOME_NONCE_REJECTED:
      return Outcome::kNonceRejected;
    case pb::OUTCOME_LOCKED:
      return Outcome::kLocked;
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
    // Of all that this step names, what is a sequence needs a number.
    std::set<std::string> used_before;
    used_before.swap(context_.used);
    Step out = CompileParts(step, path, last);
    for (const std::string& name : context_.used) {
      absl::string_view sequence = name;
      if (absl::ConsumePrefix(&sequence, "next.")) out.sequences.emplace_back(sequence);
    }
    context_.used.merge(used_before);
    return out;
  }

 private:
  Step CompileParts(const pb::Step& step, absl::string_view path, bool last) {
    if (context_.conversation == Conversation::kLogin) {
      CheckStepName(step.step(), Member(path, "step"));
    }
    Step out;
    out.name = step.step();
    may_be_skipped_ = !step.if_().empty();
    if (may_be_skipped_) {
      out.condition = context_.CompileExpression(Member(path, "if"), step.if_(), Type::kBool, "if");
    }
    out.let = CompileLet(step, Member(path, "let"));
    std::optional<RequestTemplate> request;
    if (step.has_request()) {
      request = CompileRequest(step.request(), Member(path, "request"), context_);
    } else {
      context_.AddMissing(Member(path, "request"));
    }
    if (request.has_value()) out.request = *std::move(request);
    out.answers = CompileAnswers(step, Member(path, "answers"), &out.sources);
    out.extract = CompileExtract(step.extract(), Member(path, "extract"), &out.sources);
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
    if (!step.clock().empty()) {
      out.clock =
          context_.CompileExpression(Member(path, "clock"), step.clock(), Type::kTime, "clock");
    }
    return out;
  }

  // From here on `name` is known, as long as the step is not skipped.
  void Know(const std::string& name, Type type, Taint taint, bool optional) {
    context_.scope.names[name] = Scope::Name{type, taint, optional || may_be_skipped_};
    context_.scope.later.erase(name);
  }

  std::vector<NamedExpression> CompileLet(const pb::Step& step, const std::string& path) {
    std::vector<NamedExpression> let;
    context_.CheckLength(path, step.let_size());
    for (const pb::Field& field : step.let()) {
      const std::string at = Member(path, field.name());
      if (!context_.CheckValueName(at, field.name()) || !context_.Declare(at, field.name())) {
        continue;
      }
      std::optional<Expression> value =
          context_.CompileExpression(at, field.value(), ValuePlace{"a value", {}, Taint::kRaw});
      if (!value.has_value()) continue;
      Know(field.name(), value->type(), value->taint(), /*optional=*/false);
      let.push_back(NamedExpression{field.name(), *std::move(value)});
    }
    return let;
  }

  void CheckStepName(const std::string& name, const std::string& path) {
    if (name.empty()) {
      context_.AddMissing(path);
      return;
    }
    if (!context_.CheckName(path, name, /*dashes=*/true)) return;
    if (name == "session" || name == "probe" || name == "logout") {
      context_.Add(path, absl::StrCat("\"", name, "\" is no name for a step: examples call the ",
                                      name, " so"));
    }
    context_.Declare(path, absl::StrCat("step ", name));
  }

  std::vector<AnswerRule> CompileAnswers(const pb::Step& step, const std::string& path,
                                         std::vector<Source>* sources) {
    std::vector<AnswerRule> rules;
    if (step.answers().empty()) context_.AddMissing(path);
    context_.CheckLength(path, step.answers().size());
    bool complete = true;
    std::set<Outcome> outcomes;
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
        outcomes.insert(out.then);
        CheckAfterRetry(rule, at, &out);
        CheckOutcome(out.then, Member(at, "then"));
        CompileWait(rule, at, sources, &out);
      } else {
        complete = false;
        context_.AddMissing(Member(at, "then"));
      }
      out.when = CompileConditions(rule, Member(at, "when"), sources);
      always_decided = rule.when().empty();
      rules.push_back(std::move(out));
    }
    if (complete && !step.answers().empty()) CheckOutcomes(outcomes, path);
    return rules;
  }

  // What all rules together must be able to say.
  void CheckOutcomes(const std::set<Outcome>& outcomes, const std::string& path) {
    if (!outcomes.contains(Outcome::kOk)) {
      context_.Add(path, absl::StrCat("no rule says `then: ok`, so this ",
                                      NameOf(context_.conversation), " can never succeed"));
    }
    if (context_.conversation == Conversation::kProbe &&
        !outcomes.contains(Outcome::kSessionExpired)) {
      context_.Add(path,
                   "no rule says `then: session_expired`, so this probe can never find a session "
                   "dead");
    }
  }

  void CheckAfterRetry(const pb::Rule& rule, const std::string& path, AnswerRule* out) {
    if (rule.after_retry() == pb::OUTCOME_UNSPECIFIED) return;
    const std::string at = Member(path, "after_retry");
    if (context_.conversation != Conversation::kLogin) {
      context_.Add(at, absl::StrCat("a ", NameOf(context_.conversation), " never starts over"));
      return;
    }
    if (!StartsOver(out->then)) {
      context_.Add(at, absl::StrCat("goes with `then: challenge_stale`, `session_expired` or "
                                    "`nonce_rejected` only, not with `then: ",
                                    NameOf(out->then), "`"));
      return;
    }
    const std::optional<Outcome> outcome = ToOutcome(rule.after_retry());
    if (!outcome.has_value() || outcome == Outcome::kOk || StartsOver(*outcome)) {
      context_.Add(at, "expected credentials_rejected, locked, transient or permanent");
      return;
    }
    out->after_retry = *outcome;
  }

  // What an outcome needs of the rest of the definition.
  void CheckOutcome(Outcome outcome, const std::string& path) {
    if (context_.conversation != Conversation::kLogin) {
      CheckOutcomeForSession(outcome, path);
      return;
    }
    const auto knows = [this](absl::string_view prefix) {
      return std::any_of(
          context_.scope.names.begin(), context_.scope.names.end(),
          [prefix](const auto& name) { return absl::StartsWith(name.first, prefix); });
    };
    if (outcome == Outcome::kNonceRejected && !knows("next.")) {
      context_.Add(path, "the definition has no `sequences:` to raise");
    }
    if (outcome == Outcome::kSessionExpired && !knows("kept.")) {
      context_.Add(path, "the definition has no `keep:` to forget");
    }
  }

  // What a probe or logout can find.
  void CheckOutcomeForSession(Outcome outcome, const std::string& path) {
    const bool probe = context_.conversation == Conversation::kProbe;
    const bool fits = outcome == Outcome::kOk || outcome == Outcome::kSessionExpired ||
                      outcome == Outcome::kTransient || outcome == Outcome::kPermanent ||
                      (probe && outcome == Outcome::kLocked);
    if (fits) return;
    context_.Add(path, absl::StrCat("a ", NameOf(context_.conversation), " cannot say ",
                                    NameOf(outcome), ": expected ok, session_expired, transient",
                                    probe ? ", locked" : "", " or permanent"));
  }

  // `wait`, and the values that it alone may use.
  void CompileWait(const pb::Rule& rule, const std::string& path, std::vector<Source>* sources,
                   AnswerRule* out) {
    if (rule.wait().empty()) {
      if (rule.extract_size() > 0) {
        context_.Add(Member(path, "extract"), "nothing uses it: there is no `wait`");
      }
      return;
    }
    const std::string at = Member(path, "wait");
    if (out->then != Outcome::kLocked && out->then != Outcome::kTransient &&
        out->after_retry != Outcome::kLocked) {
      context_.Add(at,
                   absl::StrCat("goes with `then: locked` or `transient` only, not with `then: ",
                                NameOf(out->then), "`"));
    }
    const Scope outside = context_.scope;
    const bool step_may_be_skipped = std::exchange(may_be_skipped_, false);
    out->extract = CompileExtract(rule.extract(), Member(path, "extract"), sources);
    out->wait = context_.CompileExpression(at, rule.wait(), Type::kDuration, "wait");
    context_.scope = outside;
    may_be_skipped_ = step_may_be_skipped;
    for (const ExtractRule& extracted : out->extract) {
      if (out->wait.has_value() && !out->wait->names().contains(extracted.name)) {
        context_.Add(Member(Member(path, "extract"), extracted.name), "`wait` does not use it");
      }
    }
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

  using Extracts = google::protobuf::RepeatedPtrField<pb::Extract>;

  // Each value is known from its own rule on.
  std::vector<ExtractRule> CompileExtract(const Extracts& extracts, const std::string& path,
                                          std::vector<Source>* sources) {
    std::vector<ExtractRule> rules;
    context_.CheckLength(path, extracts.size());
    for (const pb::Extract& extract : extracts) {
      const std::string at = Member(path, extract.name());
      if (!context_.CheckValueName(at, extract.name()) || !context_.Declare(at, extract.name())) {
        continue;
      }
      ExtractRule rule = CompileExtractRule(extract, at, sources);
      Know(rule.name, rule.type, TaintOf(rule), rule.optional);
      rules.push_back(std::move(rule));
    }
    return rules;
  }

  // What may be the same each time does not count as fresh.
  static Taint TaintOf(const ExtractRule& rule) {
    const bool fresh = std::all_of(rule.from.begin(), rule.from.end(),
                                   [](const Source& source) { return source.is_fresh(); });
    return fresh ? (rule.in.has_value() ? rule.in->taint() : Taint::kFresh) : Taint::kConstant;
  }

  ExtractRule CompileExtractRule(const pb::Extract& extract, const std::string& path,
                                 std::vector<Source>* sources) {
    ExtractRule rule;
    rule.name = extract.name();
    rule.type = ToType(extract.type());
    rule.optional = extract.optional();
    if (!extract.in().empty()) {
      rule.in = context_.CompileExpression(Member(path, "in"), extract.in(), Type::kText,
                                           "a text to look in");
    }
    if (extract.from().empty()) context_.AddMissing(Member(path, "from"));
    context_.CheckLength(Member(path, "from"), extract.from().size());
    for (int i = 0; i < extract.from_size(); ++i) {
      const std::string at = Element(Member(path, "from"), i);
      if (extract.from(i).empty()) continue;  // The reader could not read it.
      std::vector<Source> of_text;
      std::optional<Source> source =
          CompileSource(extract.from(i), at, extract.in().empty() ? sources : &of_text);
      if (!source.has_value()) continue;
      if (!extract.in().empty() && !source->is_of_text()) {
        context_.Add(at, absl::StrCat("\"", source->text(),
                                      "\" looks in an answer, not in a text: expected "
                                      "json:POINTER, xml:PATH or regex:PATTERN beside `in`"));
      }
      if (std::find(rule.from.begin(), rule.from.end(), *source) != rule.from.end()) {
        context_.Add(at, absl::StrCat("\"", source->text(), "\" stands above already"));
      }
      rule.from.push_back(*std::move(source));
    }
    return rule;
  }

  CompileContext& context_;
  bool may_be_skipped_ = false;
};

}  // namespace

Step CompileStep(const pb::Step& step, absl::string_view path, bool last, CompileContext& context) {
  return StepCompiler(context).Compile(step, path, last);
}

}  // namespace sessionbroker::login
