#include "service/login/run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/login/extract.h"
#include "service/login/sensitive_texts.h"

namespace sessionbroker::login {
namespace {

using base::Reason;

std::string TextOf(const Value& value) {
  switch (value.type()) {
    case Type::kInt:
      return absl::StrCat(value.int_value());
    case Type::kBool:
      return value.bool_value() ? "true" : "false";
    default:
      return std::string(value.text());
  }
}

absl::StatusOr<std::string> EvaluateForSession(const Template& value, absl::string_view place,
                                               const Bindings& bindings) {
  const absl::StatusOr<Value> evaluated = value.Evaluate(bindings);
  if (!evaluated.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": ", evaluated.status().message()));
  }
  std::string text = TextOf(*evaluated);
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

// How a login ends that ends with this outcome.
struct Ending {
  Reason reason;
  const char* text;
};

Ending EndingOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCredentialsRejected:
      return {Reason::kCredentialsRejected, "the provider refuses the credentials"};
    case Outcome::kTransient:
      return {Reason::kProviderUnreachable, "the provider cannot serve now"};
    case Outcome::kPermanent:
      return {Reason::kProviderProtocolError, "the provider refuses, and waiting will not help"};
    case Outcome::kOk:
    case Outcome::kChallengeStale:
      break;
  }
  return {Reason::kInternal, "no end of a login"};
}

}  // namespace

Run::Run(std::shared_ptr<const Account> account, std::string user_agent)
    : account_(std::move(account)), user_agent_(std::move(user_agent)) {
  Begin();
}

void Run::Begin() {
  step_ = 0;
  good_until_ = base::BootTime::InfiniteFuture();
  bindings_.clear();
  for (const ParameterSpec& parameter : program().parameters()) {
    const auto set = account_->parameters.find(parameter.name);
    if (set != account_->parameters.end()) {
      bindings_.emplace(absl::StrCat("account.", parameter.name), Value::Text(set->second));
    } else if (parameter.default_value.has_value()) {
      bindings_.emplace(absl::StrCat("account.", parameter.name),
                        Value::Text(*parameter.default_value));
    }
  }
  for (const std::string& name : program().secrets()) {
    const auto secret = account_->secrets.find(name);
    if (secret == account_->secrets.end()) continue;
    bindings_.emplace(absl::StrCat("secret.", name),
                      Value::Text(secret->second.Reveal(secrets::RevealToken::Issue())));
  }
}

bool Run::StartOver() {
  if (started_over_) return false;
  started_over_ = true;
  Begin();
  return true;
}

Run::Action Run::Next(base::BootTime now) {
  if (!failure_.has_value() && step_ < program().steps().size() && now >= good_until_ &&
      !StartOver()) {
    Fail(Reason::kProviderUnreachable,
         "what an earlier step gave has run out before this one, twice");
  }
  if (!failure_.has_value() && step_ == program().steps().size()) {
    absl::StatusOr<Grant> grant = MakeGrant();
    if (grant.ok()) return *std::move(grant);
    Fail(Reason::kProviderProtocolError, grant.status().message());
  }
  if (!failure_.has_value()) {
    absl::StatusOr<http::Request> request =
        BuildRequest(step().request, account_->base_url, bindings_, &sent_);
    if (request.ok()) {
      request->headers.push_back(http::Header{"User-Agent", user_agent_});
      sent_at_ = now;
      exchanges_.push_back(Exchange{step_, std::nullopt, std::nullopt, std::nullopt});
      return *std::move(request);
    }
    Fail(Reason::kProviderProtocolError,
         absl::StrCat("the request cannot be made: ", request.status().message()));
  }
  return *failure_;
}

void Run::Feed(absl::StatusOr<http::Response> answer) {
  if (!answer.ok()) {
    Fail(ReasonOf(answer.status()), absl::StrCat("no answer: ", answer.status().message()));
    return;
  }
  Judge(*answer);
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
                      answer.json_error().empty() ? "" : "; ", answer.json_error()),
         OperatorDetail(response));
    return;
  }
  const AnswerRule& rule = step().answers[*exchange.rule];
  exchange.outcome = rule.then;
  if (rule.then == Outcome::kOk) {
    const absl::Status finished = Finish(answer);
    // No operator detail: the answer of a step that succeeded may hold a session.
    if (!finished.ok()) {
      Fail(Reason::kProviderProtocolError, absl::StrCat(what, finished.message()));
    }
    return;
  }
  if (rule.then == Outcome::kChallengeStale && StartOver()) return;
  const bool again = rule.then == Outcome::kChallengeStale;
  const Ending ending = EndingOf(again ? rule.after_retry : rule.then);
  Fail(ending.reason,
       absl::StrCat(what, again ? "the challenge was used up, twice: " : "", ending.text,
                    " (answers[", *exchange.rule, "])"),
       OperatorDetail(response));
}

absl::Status Run::Finish(const Answer& answer) {
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
  ++step_;
  return absl::OkStatus();
}

SensitiveTexts Run::SensitiveFrom(Taint lowest) const {
  SensitiveTexts sensitive;
  for (const std::string& name : program().secrets()) {
    const auto secret = bindings_.find(absl::StrCat("secret.", name));
    if (secret != bindings_.end()) sensitive.Add(secret->second.data());
  }
  for (const SensitiveValue& sent : sent_) {
    if (sent.taint >= lowest) sensitive.Add(TextOf(sent.value));
  }
  return sensitive;
}

absl::Status Run::CheckNothingLeaks() const {
  const SensitiveTexts secrets = SensitiveFrom(Taint::kRaw);
  for (const ExtractRule& rule : step().extract) {
    const auto value = bindings_.find(rule.name);
    if (value != bindings_.end() && secrets.AppearIn(TextOf(value->second))) {
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
  grant.idle = account_->idle.has_value() ? account_->idle : session.idle;
  grant.absolute = account_->absolute.has_value() ? account_->absolute : session.absolute;
  if (session.bound_to_user_agent) grant.bound_user_agent = user_agent_;
  grant.bound_to_address = session.bound_to_address;
  return grant;
}

void Run::Fail(Reason reason, absl::string_view what, std::string operator_detail) {
  const std::string where = step_ < program().steps().size() ? step().name : "session";
  failure_ = Failure{base::MakeError(reason, absl::StrCat("step \"", where, "\": ", what)),
                     std::move(operator_detail)};
}

std::string Run::OperatorDetail(const http::Response& response) const {
  SensitiveTexts sensitive = SensitiveFrom(Taint::kSealed);
  for (const Step& known : program().steps()) {
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
