#include "service/login/answers_compiler.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;
using Rules = google::protobuf::RepeatedPtrField<pb::Rule>;
using Extracts = google::protobuf::RepeatedPtrField<pb::Extract>;

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

class AnswersCompiler {
 public:
  AnswersCompiler(std::vector<Source>* sources, CompileContext& context)
      : context_(context), sources_(sources) {}

  std::vector<AnswerRule> CompileRules(const Rules& given, const std::string& path) {
    std::vector<AnswerRule> rules;
    if (given.empty()) context_.AddMissing(path);
    context_.CheckLength(path, given.size());
    bool complete = true;
    std::set<Outcome> outcomes;
    bool always_decided = false;
    for (int i = 0; i < given.size(); ++i) {
      const std::string at = Element(path, i);
      const pb::Rule& rule = given.Get(i);
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
        CompileWait(rule, at, &out);
      } else {
        complete = false;
        context_.AddMissing(Member(at, "then"));
      }
      out.when = CompileConditions(rule, Member(at, "when"));
      always_decided = rule.when().empty();
      rules.push_back(std::move(out));
    }
    if (complete && !given.empty()) CheckOutcomes(outcomes, path);
    return rules;
  }

  std::vector<ExtractRule> CompileExtract(const Extracts& extracts, const std::string& path,
                                          bool may_be_skipped) {
    std::vector<ExtractRule> rules;
    context_.CheckLength(path, extracts.size());
    for (const pb::Extract& extract : extracts) {
      const std::string at = Member(path, extract.name());
      if (!context_.CheckValueName(at, extract.name()) || !context_.Declare(at, extract.name())) {
        continue;
      }
      ExtractRule rule = CompileExtractRule(extract, at);
      context_.Know(rule.name, rule.type, TaintOf(rule), rule.optional || may_be_skipped);
      rules.push_back(std::move(rule));
    }
    return rules;
  }

 private:
  // What all rules together must be able to say.
  void CheckOutcomes(const std::set<Outcome>& outcomes, const std::string& path) {
    if (context_.conversation != Conversation::kCall && !outcomes.contains(Outcome::kOk)) {
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
    if (context_.conversation == Conversation::kCall) {
      CheckAfterRetryOfCall(rule, at, out);
      return;
    }
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

  // A number that was too low says nothing of the session at first.
  void CheckAfterRetryOfCall(const pb::Rule& rule, const std::string& path, AnswerRule* out) {
    const std::optional<Outcome> outcome = ToOutcome(rule.after_retry());
    if (out->then != Outcome::kNonceRejected) {
      context_.Add(path, "in a call it goes with `then: nonce_rejected` only");
    } else if (outcome != Outcome::kSessionExpired && outcome != Outcome::kTransient &&
               outcome != Outcome::kPermanent) {
      context_.Add(path, "expected session_expired, transient or permanent");
    } else {
      out->after_retry = *outcome;
      CheckOutcomeOfCall(*outcome, path);
    }
  }

  bool Knows(absl::string_view prefix) const {
    return std::any_of(context_.scope.names.begin(), context_.scope.names.end(),
                       [prefix](const auto& name) { return absl::StartsWith(name.first, prefix); });
  }

  // What an outcome needs of the rest of the definition.
  void CheckOutcome(Outcome outcome, const std::string& path) {
    if (context_.conversation == Conversation::kCall) {
      CheckOutcomeOfCall(outcome, path);
      return;
    }
    if (context_.conversation != Conversation::kLogin) {
      CheckOutcomeForSession(outcome, path);
      return;
    }
    if (outcome == Outcome::kNonceRejected && !Knows("next.")) {
      context_.Add(path, "the definition has no `sequences:` to raise");
    }
    if (outcome == Outcome::kSessionExpired && !Knows("kept.")) {
      context_.Add(path, "the definition has no `keep:` to forget");
    }
  }

  // What the answer to a caller's request can say.
  void CheckOutcomeOfCall(Outcome outcome, const std::string& path) {
    if (outcome == Outcome::kCredentialsRejected || outcome == Outcome::kChallengeStale ||
        outcome == Outcome::kLocked) {
      context_.Add(path, absl::StrCat("a call cannot say ", NameOf(outcome),
                                      ": expected ok, session_expired, nonce_rejected, transient "
                                      "or permanent"));
    } else if (outcome == Outcome::kSessionExpired && !Knows("session.")) {
      context_.Add(path, "the definition has no session that could be dead");
    } else if (outcome == Outcome::kNonceRejected && !context_.call_has_numbers) {
      context_.Add(path,
                   "no request carries a number: neither `sign` nor `inject` names a `next.`");
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
  void CompileWait(const pb::Rule& rule, const std::string& path, AnswerRule* out) {
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
    out->extract =
        CompileExtract(rule.extract(), Member(path, "extract"), /*may_be_skipped=*/false);
    out->wait = context_.CompileExpression(at, rule.wait(), Type::kDuration, "wait");
    context_.scope = outside;
    for (const ExtractRule& extracted : out->extract) {
      if (out->wait.has_value() && !out->wait->names().contains(extracted.name)) {
        context_.Add(Member(Member(path, "extract"), extracted.name), "`wait` does not use it");
      }
    }
  }

  std::vector<Condition> CompileConditions(const pb::Rule& rule, const std::string& path) {
    std::vector<Condition> conditions;
    context_.CheckLength(path, rule.when().size());
    for (const pb::Condition& condition : rule.when()) {
      const std::string at = Member(path, condition.name());
      const std::optional<Source> source = CompileSource(condition.name(), at, sources_);
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

  // What may be the same each time does not count as fresh.
  static Taint TaintOf(const ExtractRule& rule) {
    const bool fresh = std::all_of(rule.from.begin(), rule.from.end(),
                                   [](const Source& source) { return source.is_fresh(); });
    return fresh ? (rule.in.has_value() ? rule.in->taint() : Taint::kFresh) : Taint::kConstant;
  }

  ExtractRule CompileExtractRule(const pb::Extract& extract, const std::string& path) {
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
          CompileSource(extract.from(i), at, extract.in().empty() ? sources_ : &of_text);
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
  std::vector<Source>* const sources_;
};

}  // namespace

std::vector<AnswerRule> CompileRules(const Rules& rules, const std::string& path,
                                     std::vector<Source>* sources, CompileContext& context) {
  return AnswersCompiler(sources, context).CompileRules(rules, path);
}

std::vector<ExtractRule> CompileExtract(const Extracts& extracts, const std::string& path,
                                        bool may_be_skipped, std::vector<Source>* sources,
                                        CompileContext& context) {
  return AnswersCompiler(sources, context).CompileExtract(extracts, path, may_be_skipped);
}

}  // namespace sessionbroker::login
