#include "service/login/run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/http/url.h"
#include "service/login/account_values.h"
#include "service/login/extract.h"
#include "service/login/http_date.h"
#include "service/login/integer.h"
#include "service/login/sensitive_texts.h"
#include "service/login/template_evaluator.h"

namespace sessionbroker::login {
namespace {

using base::Reason;

// As it would stand in a text; "" for what stands in none.
std::string ShownAs(const Value& value) {
  switch (value.type()) {
    case Type::kInt:
      return absl::StrCat(value.int_value());
    case Type::kBool:
      return value.bool_value() ? "true" : "false";
    case Type::kTime:
    case Type::kDuration:
    // What is put into them is text by the time that it is sent.
    case Type::kParams:
      return "";
    case Type::kText:
    case Type::kBytes:
      break;
  }
  return std::string(value.data());
}

absl::StatusOr<std::string> EvaluateForSession(const Template& value, absl::string_view place,
                                               const Bindings& bindings) {
  const absl::StatusOr<Value> evaluated = value.Evaluate(bindings);
  if (!evaluated.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": ", evaluated.status().message()));
  }
  std::string text = ShownAs(*evaluated);
  if (std::any_of(text.begin(), text.end(), absl::ascii_iscntrl)) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": the value has a control character"));
  }
  return text;
}

// What a transport's error means to a login.
Reason ReasonOf(const absl::Status& transport_error) {
  switch (transport_error.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    // It broke off, or is not HTTP: whoever said it, it was not the application.
    case absl::StatusCode::kDataLoss:
    // The name may lead elsewhere later.
    case absl::StatusCode::kPermissionDenied:
      return Reason::kProviderUnreachable;
    default:
      return Reason::kProviderProtocolError;
  }
}

// How far the last request came.
Reach ReachOf(const absl::StatusOr<http::Response>& answer) {
  // An answer that is too long is one.
  if (answer.ok() || absl::IsResourceExhausted(answer.status())) return Reach::kAnswered;
  return ReasonOf(answer.status()) == Reason::kProviderUnreachable ? Reach::kNoAnswer
                                                                   : Reach::kNothingSent;
}

// How a login ends that ends with this outcome.
struct Ending {
  Reason reason;
  const char* text;
};

Ending EndingOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCredentialsRejected:
      return {Reason::kCredentialsRejected, "the provider refuses the credentials"};
    case Outcome::kLocked:
      return {Reason::kProviderLockedOut, "the provider wants no requests for a while"};
    case Outcome::kTransient:
      return {Reason::kProviderUnreachable, "the provider cannot serve now"};
    case Outcome::kPermanent:
      return {Reason::kProviderProtocolError, "the provider refuses, and waiting will not help"};
    case Outcome::kOk:
    case Outcome::kChallengeStale:
    case Outcome::kSessionExpired:
    case Outcome::kNonceRejected:
      break;
  }
  return {Reason::kInternal, "no end of a login"};
}

// Why it did not start over.
const char* AgainText(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSessionExpired:
      return "what earlier logins left was refused, and so was a login without it: ";
    case Outcome::kNonceRejected:
      return "the number was too low, twice: ";
    default:
      return "the challenge was used up, twice: ";
  }
}

// What a provider says in error must neither hammer it nor stop an account for good.
constexpr absl::Duration kShortestWait = absl::Seconds(1);
constexpr absl::Duration kLongestWait = absl::Hours(24);

// An account's own setting comes before its definition's.
absl::StatusOr<std::optional<absl::Duration>> LifeOf(const std::optional<absl::Duration>& account,
                                                     const std::optional<absl::Duration>& constant,
                                                     const std::optional<Expression>& told,
                                                     const char* place, const Bindings& bindings) {
  if (account.has_value() || !told.has_value()) return account.has_value() ? account : constant;
  const absl::StatusOr<Value> life = told->Evaluate(bindings);
  if (!life.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": ", life.status().message()));
  }
  if (life->duration() <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": it is not more than 0s"));
  }
  return std::make_optional(std::min(life->duration(), kLongestLife));
}

}  // namespace

Run::Run(std::shared_ptr<const Account> account, std::string user_agent, Trace* trace)
    : account_(std::move(account)), user_agent_(std::move(user_agent)), trace_(trace) {
  Begin();
}

Run::Run(std::shared_ptr<const Account> account, Conversation conversation,
         std::shared_ptr<const Grant> session, std::string user_agent, Trace* trace)
    : account_(std::move(account)),
      conversation_(conversation),
      session_(std::move(session)),
      user_agent_(session_->bound_user_agent.empty() ? std::move(user_agent)
                                                     : session_->bound_user_agent),
      trace_(trace) {
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
  for (const std::string& name : program().secrets()) {
    const auto secret = account_->secrets.find(name);
    if (secret == account_->secrets.end()) continue;
    Know(absl::StrCat("secret.", name),
         Value::Text(secret->second.Reveal(secrets::RevealToken::Issue())));
  }
  for (const auto& [name, kept] : kept_) {
    Know(absl::StrCat("kept.", name),
         Value::Text(kept.value.Reveal(secrets::RevealToken::Issue())));
  }
}

void Run::KnowSession() {
  // Neither the id nor what else callers send is for an operator's eyes. Short ones say nothing,
  // and would make what is shown withhold everything.
  const auto sensitive = [this](absl::string_view text) {
    Value value = Value::Text(text);
    if (text.size() >= SensitiveTexts::kMinRecognizableBytes) {
      sent_.push_back(SensitiveValue{Taint::kSealed, value});
    }
    return value;
  };
  Know("session.id", sensitive(session_->id.Reveal(secrets::RevealToken::Issue())));
  for (const Attachment& attachment : session_->attachments) {
    sensitive(attachment.value.Reveal(secrets::RevealToken::Issue()));
  }
  // What was left out of the grant is empty.
  for (const NamedTemplate& attribute : program().session().attributes) {
    Know(absl::StrCat("session.", attribute.name), Value::Text(""));
  }
  for (const auto& [name, value] : session_->attributes) {
    Know(absl::StrCat("session.", name), sensitive(value));
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
    absl::StatusOr<Grant> grant = MakeGrant();
    absl::StatusOr<KeptValues::Values> kept = MakeKept();
    if (grant.ok() && kept.ok()) {
      kept_ = *std::move(kept);
      return *std::move(grant);
    }
    Fail(Reason::kProviderProtocolError,
         grant.ok() ? kept.status().message() : grant.status().message());
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

absl::Status Run::EnterStep() {
  for (; !entered_ && step_ < steps().size(); ++step_) {
    for (const auto& number : numbers_) bindings_.erase(absl::StrCat("next.", number.first));
    if (!step().condition.has_value()) {
      entered_ = true;
      break;
    }
    const absl::StatusOr<Value> holds = step().condition->Evaluate(bindings_);
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
  SB_ASSIGN_OR_RETURN(SequenceId id, SequenceIdOf(sequence, *account_));
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
    absl::StatusOr<Value> value = let.expression.Evaluate(bindings_);
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
  TemplateEvaluator evaluator(bindings_, &sent_);
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
  reach_ = ReachOf(answer);
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
  if (wait.has_value() && details.retry_after.has_value()) details.retry_after = wait;
  Fail(details,
       absl::StrCat(what, again ? AgainText(rule.then) : "", ending.text, " (answers[",
                    *exchange.rule, "])"),
       OperatorDetail(response));
}

std::optional<absl::Duration> Run::WaitAfter(const AnswerRule& rule, const Answer& answer,
                                             const http::Response& response) const {
  std::optional<absl::Duration> wait;
  if (rule.wait.has_value()) {
    Bindings bindings = bindings_;
    if (Extract(rule.extract, answer, &bindings).ok()) {
      const absl::StatusOr<Value> told = rule.wait->Evaluate(bindings);
      if (told.ok()) wait = told->duration();
    }
  }
  if (!wait.has_value()) {
    const std::string* header = response.FindHeader("Retry-After");
    if (header == nullptr) return std::nullopt;
    if (const std::optional<int64_t> seconds = ParseInteger(*header)) {
      wait = absl::Seconds(*seconds);
    } else if (const std::optional<absl::Time> until = ParseHttpDate(*header)) {
      const std::string* date = response.FindHeader("Date");
      const std::optional<absl::Time> provider_now =
          date == nullptr ? std::nullopt : ParseHttpDate(*date);
      wait = *until - provider_now.value_or(wall_sent_at_ + provider_ahead_);
    }
  }
  if (!wait.has_value()) return std::nullopt;
  return std::clamp(*wait, kShortestWait, kLongestWait);
}

absl::Status Run::Finish(const Answer& answer, const http::Response& response) {
  SB_RETURN_IF_ERROR(Extract(step().extract, answer, &bindings_));
  SB_RETURN_IF_ERROR(CheckNothingLeaks());
  for (std::size_t i = 0; i < step().checks.size(); ++i) {
    const Check& check = step().checks[i];
    const absl::StatusOr<Value> holds = check.expression.Evaluate(bindings_);
    if (!holds.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("check[", i, "]: ", holds.status().message()));
    }
    if (!holds->bool_value()) {
      return absl::InvalidArgumentError(absl::StrCat("check[", i, "] does not hold: ", check.text));
    }
  }
  if (step().valid_for.has_value()) {
    const absl::StatusOr<Value> life = step().valid_for->Evaluate(bindings_);
    if (!life.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("valid_for: ", life.status().message()));
    }
    good_until_ = std::min(good_until_, sent_at_ + life->duration());
  }
  if (step().clock.has_value()) {
    const absl::StatusOr<Value> clock = step().clock->Evaluate(bindings_);
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

SensitiveTexts Run::SensitiveFrom(Taint lowest) const {
  SensitiveTexts sensitive;
  for (const std::string& name : program().secrets()) {
    const auto secret = bindings_.find(absl::StrCat("secret.", name));
    if (secret != bindings_.end()) sensitive.Add(secret->second.data());
  }
  for (const SensitiveValue& sent : sent_) {
    if (sent.taint >= lowest) sensitive.Add(ShownAs(sent.value));
  }
  return sensitive;
}

absl::Status Run::CheckNothingLeaks() const {
  const SensitiveTexts secrets = SensitiveFrom(Taint::kRaw);
  for (const ExtractRule& rule : step().extract) {
    const auto value = bindings_.find(rule.name);
    if (value != bindings_.end() && secrets.AppearIn(ShownAs(value->second))) {
      return absl::InvalidArgumentError(
          absl::StrCat("the value for \"", rule.name, "\" holds a secret that was sent"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Grant> Run::MakeGrant() const {
  const SessionTemplate& session = program().session();
  Grant grant;
  SB_ASSIGN_OR_RETURN(const std::string id,
                      EvaluateForSession(session.id, "session.id", bindings_));
  if (id.empty()) return absl::InvalidArgumentError("session.id: the value is empty");
  grant.id = secrets::Secret(id);
  for (const NamedTemplate& attribute : session.attributes) {
    SB_ASSIGN_OR_RETURN(
        std::string value,
        EvaluateForSession(attribute.value, absl::StrCat("session.attributes.", attribute.name),
                           bindings_));
    if (!value.empty()) grant.attributes.emplace_back(attribute.name, std::move(value));
  }
  for (std::size_t i = 0; i < session.attach.size(); ++i) {
    const AttachTemplate& attach = session.attach[i];
    Attachment attachment{attach.location, attach.name, grant.id, attach.methods};
    if (attach.value.has_value()) {
      SB_ASSIGN_OR_RETURN(
          const std::string value,
          EvaluateForSession(*attach.value, absl::StrCat("session.attach[", i, "].value"),
                             bindings_));
      if (value.empty()) continue;
      attachment.value = secrets::Secret(value);
    }
    grant.attachments.push_back(std::move(attachment));
  }
  SB_RETURN_IF_ERROR(SetLife(grant));
  if (session.bound_to_user_agent) grant.bound_user_agent = user_agent_;
  grant.bound_to_address = session.bound_to_address;
  grant.signing_required = session.signing_required;
  return grant;
}

absl::Status Run::SetLife(Grant& grant) const {
  const SessionTemplate& session = program().session();
  SB_ASSIGN_OR_RETURN(grant.idle, LifeOf(account_->idle, session.idle, session.told_idle,
                                         "session.idle", bindings_));
  SB_ASSIGN_OR_RETURN(grant.absolute, LifeOf(account_->absolute, session.absolute,
                                             session.told_absolute, "session.absolute", bindings_));
  if (!session.expires.has_value()) return absl::OkStatus();
  const absl::StatusOr<Value> expires = session.expires->Evaluate(bindings_);
  if (!expires.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("session.expires: ", expires.status().message()));
  }
  const absl::Duration left = expires->time() - (wall_now_ + provider_ahead_);
  if (left <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        "session.expires: by the provider's clock it is over already");
  }
  grant.absolute = std::min({left, grant.absolute.value_or(left), kLongestLife});
  return absl::OkStatus();
}

absl::StatusOr<KeptValues::Values> Run::MakeKept() const {
  KeptValues::Values kept;
  for (const NamedExpression& keep : program().keep()) {
    const absl::StatusOr<Value> value = keep.expression.Evaluate(bindings_);
    if (!value.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("keep.", keep.name, ": ", value.status().message()));
    }
    if (value->text().empty()) continue;
    kept.emplace(keep.name,
                 KeptValue{secrets::Secret(value->text()), program().KeepsAsSecret(keep.name)});
  }
  return kept;
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

std::string Run::OperatorDetail(const http::Response& response) const {
  SensitiveTexts sensitive = SensitiveFrom(Taint::kSealed);
  for (const auto& kept : kept_) {
    const auto value = bindings_.find(absl::StrCat("kept.", kept.first));
    if (value != bindings_.end()) sensitive.Add(value->second.text());
  }
  for (const Step& known : steps()) {
    for (const ExtractRule& rule : known.extract) {
      const auto value = bindings_.find(rule.name);
      if (value == bindings_.end() || value->second.type() != Type::kText) continue;
      // Shorter ones say nothing, and would make the excerpt withhold everything.
      if (value->second.text().size() < SensitiveTexts::kMinRecognizableBytes) continue;
      sensitive.Add(value->second.text());
    }
  }
  return sensitive.Excerpt(response.body);
}

}  // namespace sessionbroker::login
