#include "service/login/run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/http/url.h"
#include "service/login/account_values.h"
#include "service/login/ending.h"
#include "service/login/extract.h"
#include "service/login/grant_builder.h"
#include "service/login/http_date.h"
#include "service/login/kept_builder.h"
#include "service/login/known_values.h"
#include "service/login/retry_after.h"
#include "service/login/sent_secrets.h"

namespace sessionbroker::login {
namespace {

using base::Reason;

// What a provider says in error must neither hammer it nor stop an account for good.
constexpr absl::Duration kShortestWait = absl::Seconds(1);
constexpr absl::Duration kLongestWait = absl::Hours(24);

}  // namespace

Run::Run(std::shared_ptr<const Account> account, std::string user_agent,
         crypto::RandomSource* random, Trace* trace)
    : account_(std::move(account)),
      user_agent_(std::move(user_agent)),
      random_(random),
      trace_(trace),
      evaluation_(*random) {
  Begin();
}

Run::Run(std::shared_ptr<const Account> account, Conversation conversation,
         std::shared_ptr<const Grant> session, const std::string& user_agent,
         crypto::RandomSource* random, Trace* trace)
    : account_(std::move(account)),
      conversation_(conversation),
      session_(std::move(session)),
      user_agent_(session_->bound_user_agent.empty() ? user_agent : session_->bound_user_agent),
      random_(random),
      trace_(trace),
      evaluation_(*random) {
  Begin();
}

void Run::Begin() {
  step_ = 0;
  entered_ = false;
  good_until_ = base::BootTime::InfiniteFuture();
  numbers_.clear();
  bindings_ = ParametersOf(*account_);
  if (conversation_ != Conversation::kLogin) {
    KnowSession();
    return;
  }
  AddSecrets(*account_, &bindings_);
  AddKept(kept_, &bindings_);
}

void Run::KnowSession() {
  AddSession(program(), *session_, &bindings_);
  // Neither the id nor what else callers send is for an operator's eyes. Short ones say nothing,
  // and would make what is shown withhold everything.
  const auto keep_from_sight = [this](Value value) {
    if (value.size_in_bytes() < SensitiveTexts::kMinRecognizableBytes) return;
    sent_.push_back(SensitiveValue{Taint::kSealed, std::move(value)});
  };
  for (Value& part : PartsOf(*session_)) keep_from_sight(std::move(part));
  for (const auto& attribute : session_->attributes) {
    keep_from_sight(Value::Text(attribute.second));
  }
}

void Run::Recall(KeptValues::Values kept) {
  kept_ = std::move(kept);
  Begin();
}

bool Run::StartOver(Outcome outcome) {
  if (!started_over_.insert(outcome).second) return false;
  if (outcome == Outcome::kSessionExpired) kept_.clear();
  if (outcome == Outcome::kNonceRejected) {
    for (const auto& [name, number] : numbers_) {
      const int64_t room = std::numeric_limits<int64_t>::max() - number;
      above_[name] = number + std::min(program().sequence(name).raise_by, room);
    }
  }
  Begin();
  return true;
}

Run::Action Run::Next(base::BootTime now, absl::Time wall_now) {
  now_ = now;
  wall_now_ = wall_now;
  Know("now", Value::Time(wall_now_));
  Know("provider_now", Value::Time(wall_now_ + provider_ahead_));
  if (!failure_.has_value()) {
    const absl::Status entered = EnterStep();
    if (!entered.ok()) Fail(Reason::kProviderProtocolError, entered.message());
  }
  if (failure_.has_value()) return *failure_;
  if (dead_) return Outcome::kSessionExpired;
  if (step_ == steps().size() && conversation_ != Conversation::kLogin) return Outcome::kOk;
  if (step_ == steps().size()) {
    absl::StatusOr<Grant> grant = End();
    if (grant.ok()) return *std::move(grant);
    Fail(Reason::kProviderProtocolError, grant.status().message());
    return *failure_;
  }
  if (now >= good_until_) {
    if (StartOver(Outcome::kChallengeStale)) return Next(now, wall_now);
    Fail(Reason::kProviderUnreachable,
         "what an earlier step gave has run out before this one, twice");
    return *failure_;
  }
  if (const SequenceTemplate* sequence = MissingNumber()) {
    absl::StatusOr<NumberRequest> number = AskForNumber(*sequence);
    if (number.ok()) return *std::move(number);
    Fail(Reason::kProviderProtocolError, number.status().message());
    return *failure_;
  }
  absl::StatusOr<http::Request> request = MakeRequest();
  if (request.ok()) return *std::move(request);
  Fail(Reason::kProviderProtocolError,
       absl::StrCat("the request cannot be made: ", request.status().message()));
  return *failure_;
}

absl::StatusOr<Grant> Run::End() {
  evaluation_ = Evaluation(*random_);
  SB_ASSIGN_OR_RETURN(Grant grant, BuildGrant(*account_, user_agent_, wall_now_ + provider_ahead_,
                                              bindings_, evaluation_));
  grant.sent_at = sent_at();
  SB_ASSIGN_OR_RETURN(kept_, BuildKept(program(), bindings_, evaluation_));
  return grant;
}

absl::Status Run::EnterStep() {
  for (; !entered_ && step_ < steps().size(); ++step_) {
    evaluation_ = Evaluation(*random_);
    for (const auto& number : numbers_) bindings_.erase(absl::StrCat("next.", number.first));
    if (!step().condition.has_value()) {
      entered_ = true;
      break;
    }
    const absl::StatusOr<Value> holds = step().condition->Evaluate(bindings_, evaluation_);
    if (!holds.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("if: ", holds.status().message()));
    }
    entered_ = holds->bool_value();
    if (entered_) break;
  }
  return absl::OkStatus();
}

const SequenceTemplate* Run::MissingNumber() const {
  for (const std::string& name : step().sequences) {
    if (!bindings_.contains(absl::StrCat("next.", name))) return &program().sequence(name);
  }
  return nullptr;
}

absl::StatusOr<NumberRequest> Run::AskForNumber(const SequenceTemplate& sequence) {
  SB_ASSIGN_OR_RETURN(SequenceId id, SequenceIdOf(sequence, *account_, evaluation_));
  awaited_ = sequence.name;
  NumberRequest number{std::move(id), sequence.spec, std::nullopt};
  if (const auto above = above_.find(sequence.name); above != above_.end()) {
    number.above = above->second;
  }
  return number;
}

void Run::FeedNumber(absl::StatusOr<int64_t> number) {
  if (!number.ok()) {
    Fail(base::DetailsOf(number.status()),
         absl::StrCat("no number of the sequence \"", awaited_, "\": ", number.status().message()));
    return;
  }
  numbers_[awaited_] = *number;
  above_.erase(awaited_);
  Know(absl::StrCat("next.", awaited_), Value::Int(*number));
}

absl::StatusOr<http::Request> Run::MakeRequest() {
  for (const NamedExpression& let : step().let) {
    absl::StatusOr<Value> value = let.expression.Evaluate(bindings_, evaluation_);
    if (!value.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("let.", let.name, ": ", value.status().message()));
    }
    // What is made of a secret on the way is no less one for not being sent itself.
    if (let.expression.taint() >= Taint::kSealed) {
      sent_.push_back(SensitiveValue{let.expression.taint(), *value});
    }
    Know(let.name, *std::move(value));
  }
  TemplateEvaluator evaluator(bindings_, evaluation_, &sent_);
  std::vector<EvaluatedValue> values;
  if (trace_ != nullptr) evaluator.RecordIn(&values);
  SB_ASSIGN_OR_RETURN(
      http::Request request,
      BuildRequest(step().request, {account_->base_url, account_->origins}, evaluator));
  request.headers.push_back(http::Header{"User-Agent", user_agent_});
  sent_at_ = now_;
  wall_sent_at_ = wall_now_;
  reach_ = Reach::kNoAnswer;
  exchanges_.push_back(Exchange{step_, std::nullopt, std::nullopt, std::nullopt});
  if (trace_ != nullptr) ShowRequest(values);
  return request;
}

void Run::ShowRequest(const std::vector<EvaluatedValue>& values) const {
  // What has not come from a tainted expression may be a secret by chance.
  SensitiveTexts secrets;
  for (const std::string& name : program().secrets()) {
    const auto secret = bindings_.find(absl::StrCat("secret.", name));
    if (secret == bindings_.end()) continue;
    const absl::string_view text = secret->second.text();
    if (text.size() >= SensitiveTexts::kMinRecognizableBytes) secrets.Add(text);
  }
  TracedRequest traced =
      TraceRequest(program(), conversation_, step_, {account_->base_url, account_->origins},
                   bindings_, values, secrets);
  traced.request.headers.push_back(http::Header{"User-Agent", user_agent_});
  trace_->OnRequest(traced);
}

void Run::Feed(absl::StatusOr<http::Response> answer) {
  reach_ = ReachOfRequest(answer);
  if (answer.ok()) {
    Judge(*answer);
  } else {
    Fail(ReasonOf(answer.status()), absl::StrCat("no answer: ", answer.status().message()));
  }
  if (trace_ != nullptr) ShowAnswer(answer);
}

void Run::ShowAnswer(const absl::StatusOr<http::Response>& answer) const {
  const Exchange& exchange = exchanges_.back();
  TracedAnswer traced;
  traced.conversation = conversation_;
  traced.step = exchange.step;
  traced.status = answer.status();
  if (answer.ok()) {
    traced.http_status = answer->status;
    traced.body_size_in_bytes = answer->body.size();
    traced.elapsed = answer->elapsed;
    traced.rule = exchange.rule;
    traced.outcome = exchange.outcome;
    if (exchange.outcome == Outcome::kOk) {
      traced.values = TraceValues(program(), conversation_, exchange.step, bindings_,
                                  SensitiveFrom(Taint::kSealed));
    }
  }
  trace_->OnAnswer(traced);
}

void Run::Judge(const http::Response& response) {
  Exchange& exchange = exchanges_.back();
  exchange.http_status = response.status;
  const Answer answer = Answer::Read(response, step().sources);
  exchange.rule = FirstRuleThatHolds(step().answers, answer);
  const std::string what = absl::StrCat("HTTP ", response.status, ": ");
  if (!exchange.rule.has_value()) {
    Fail(Reason::kProviderProtocolError,
         absl::StrCat(what, "no rule of the definition knows this answer",
                      answer.parse_error().empty() ? "" : "; ", answer.parse_error()),
         OperatorDetail(response));
    return;
  }
  const AnswerRule& rule = step().answers[*exchange.rule];
  exchange.outcome = rule.then;
  if (rule.then == Outcome::kSessionExpired && conversation_ != Conversation::kLogin) {
    dead_ = true;
    return;
  }
  if (rule.then == Outcome::kOk) {
    const absl::Status finished = Finish(answer, response);
    // No operator detail: the answer of a step that succeeded may hold a session.
    if (!finished.ok()) {
      Fail(Reason::kProviderProtocolError, absl::StrCat(what, finished.message()));
    }
    return;
  }
  // Looked for before the login forgets what it knows.
  std::optional<absl::Duration> wait = WaitAfter(rule, answer, response);
  if (StartsOver(rule.then) && StartOver(rule.then)) return;
  const bool again = StartsOver(rule.then);
  const Ending ending = EndingOf(again ? rule.after_retry : rule.then);
  base::ErrorDetails details = base::DetailsOf(base::MakeError(ending.reason, ""));
  // Only what passes with time has a delay.
  if (wait.has_value() && details.retry_after.has_value()) {
    details.retry_after = wait;
    details.told_to_wait = true;
  }
  Fail(details,
       absl::StrCat(what, again ? AgainText(rule.then) : "", ending.text, " (answers[",
                    *exchange.rule, "])"),
       OperatorDetail(response));
}

std::optional<absl::Duration> Run::WaitAfter(const AnswerRule& rule, const Answer& answer,
                                             const http::Response& response) {
  std::optional<absl::Duration> wait;
  if (rule.wait.has_value()) {
    Bindings bindings = bindings_;
    if (Extract(rule.extract, answer, &bindings, evaluation_).ok()) {
      const absl::StatusOr<Value> told = rule.wait->Evaluate(bindings, evaluation_);
      if (told.ok()) wait = told->duration();
    }
  }
  if (!wait.has_value()) wait = RetryAfter(response, wall_sent_at_ + provider_ahead_);
  if (!wait.has_value()) return std::nullopt;
  return std::clamp(*wait, kShortestWait, kLongestWait);
}

absl::Status Run::Finish(const Answer& answer, const http::Response& response) {
  SB_RETURN_IF_ERROR(Extract(step().extract, answer, &bindings_, evaluation_));
  SB_RETURN_IF_ERROR(CheckNothingComesBack(step(), bindings_, SensitiveFrom(Taint::kRaw)));
  for (std::size_t i = 0; i < step().checks.size(); ++i) {
    const Check& check = step().checks[i];
    const absl::StatusOr<Value> holds = check.expression.Evaluate(bindings_, evaluation_);
    if (!holds.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("check[", i, "]: ", holds.status().message()));
    }
    if (!holds->bool_value()) {
      return absl::InvalidArgumentError(absl::StrCat("check[", i, "] does not hold: ", check.text));
    }
  }
  if (step().valid_for.has_value()) {
    const absl::StatusOr<Value> life = step().valid_for->Evaluate(bindings_, evaluation_);
    if (!life.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("valid_for: ", life.status().message()));
    }
    good_until_ = std::min(good_until_, sent_at_ + life->duration());
  }
  if (step().clock.has_value()) {
    const absl::StatusOr<Value> clock = step().clock->Evaluate(bindings_, evaluation_);
    if (!clock.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("clock: ", clock.status().message()));
    }
    SetProviderClock(clock->time());
  } else if (const std::string* date = response.FindHeader("Date")) {
    if (const std::optional<absl::Time> time = ParseHttpDate(*date)) SetProviderClock(*time);
  }
  ++step_;
  entered_ = false;
  return absl::OkStatus();
}

void Run::SetProviderClock(absl::Time provider_now) {
  // It was read after the request was sent, so the provider's clock is taken to be ahead by no less
  // than it is, and no session to end later than it does.
  provider_ahead_ = provider_now - wall_sent_at_;
}

void Run::Fail(Reason reason, absl::string_view what, std::string operator_detail) {
  Fail(base::DetailsOf(base::MakeError(reason, "")), what, std::move(operator_detail));
}

void Run::Fail(const base::ErrorDetails& details, absl::string_view what,
               std::string operator_detail) {
  const std::string where = step_ < steps().size() ? step().name : "session";
  failure_ = Failure{
      WithReach(base::MakeError(details, absl::StrCat("step \"", where, "\": ", what)), reach_),
      std::move(operator_detail)};
}

SensitiveTexts Run::SensitiveFrom(Taint lowest) const {
  return SensitiveTextsOf(program(), bindings_, sent_, lowest);
}

std::string Run::OperatorDetail(const http::Response& response) const {
  SensitiveTexts sensitive = SensitiveFrom(Taint::kSealed);
  AddExtracted(steps(), bindings_, &sensitive);
  return sensitive.Excerpt(response.body);
}

}  // namespace sessionbroker::login
