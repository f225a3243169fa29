#include "service/calls/completion.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/calls/json_member.h"
#include "service/http/url.h"
#include "service/login/account_values.h"
#include "service/login/cookie_value.h"
#include "service/login/expression/evaluation.h"
#include "service/login/known_values.h"
#include "service/login/no_randomness.h"
#include "service/login/program.h"
#include "service/login/sent_secrets.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::calls {
namespace {

using base::Reason;
using login::Added;
using login::AdditionsTemplate;
using login::Location;
using login::OpenRequest;
using login::Params;
using secrets::WipedBytes;

constexpr absl::string_view kFormType = "application/x-www-form-urlencoded";
constexpr absl::string_view kJsonType = "application/json";

const AdditionsTemplate* AdditionsOf(const login::Program& program) {
  if (program.inject().has_value()) return &*program.inject();
  return program.sign().has_value() ? &*program.sign() : nullptr;
}

absl::Status Invalid(absl::string_view what) {
  return base::MakeError(Reason::kInvalidArgument, absl::StrCat("request: ", what));
}

std::string ToString(const WipedBytes& bytes) { return std::string(bytes.data(), bytes.size()); }

Params ToParams(const std::vector<Parameter>& parameters) {
  Params params;
  params.reserve(parameters.size());
  for (const Parameter& one : parameters) params.emplace_back(one.name, one.value);
  return params;
}

const login::Param* FindHeader(const OpenRequest& request, absl::string_view name) {
  for (const login::Param& header : request.headers) {
    if (absl::EqualsIgnoreCase(header.name(), name)) return &header;
  }
  return nullptr;
}

// One request on its way from the caller's to the complete one.
class Completion {
 public:
  Completion(const login::Account& account, const Request& request, const Ingredients& ingredients)
      : account_(account),
        program_(*account.program),
        additions_(AdditionsOf(program_)),
        ingredients_(ingredients),
        method_(request.method),
        has_body_(!std::holds_alternative<std::monostate>(request.body)),
        segments_(absl::StrSplit(request.path, '/')) {
    open_.method = request.method;
    open_.query = ToParams(request.query);
    for (const http::Header& header : request.headers) {
      open_.headers.emplace_back(header.name, header.value);
    }
    if (const auto* form = std::get_if<FormBody>(&request.body)) {
      open_.has_form = true;
      open_.form = ToParams(form->fields);
    } else if (const auto* raw = std::get_if<RawBody>(&request.body)) {
      secrets::Append(raw->bytes, open_.body);
    }
  }

  absl::StatusOr<CompletedRequest> Run() {
    SB_ASSIGN_OR_RETURN(const http::BaseUrl base_url, http::BaseUrl::Create(account_.base_url));
    open_.origin = base_url.origin().ToString();
    SB_RETURN_IF_ERROR(Attach());
    SB_RETURN_IF_ERROR(AddUserAgent());
    open_.path = absl::StrCat(base_url.path(), absl::StrJoin(segments_, "/"));
    SB_RETURN_IF_ERROR(AddDefinition());
    CompletedRequest completed;
    completed.request = Finish();
    completed.added = std::move(added_);
    completed.secrets = std::move(secrets_);
    return completed;
  }

 private:
  absl::Status Attach() {
    if (ingredients_.session == nullptr) return absl::OkStatus();
    for (Added& added : login::AttachedTo(method_, *ingredients_.session)) {
      SB_RETURN_IF_ERROR(Place(added));
      added_.push_back(std::move(added));
    }
    return absl::OkStatus();
  }

  absl::Status Place(const Added& added) {
    const login::Param& param = added.param;
    switch (added.location) {
      case Location::kQuery:
        open_.query.push_back(param);
        return absl::OkStatus();
      case Location::kHeader:
        open_.headers.push_back(param);
        return absl::OkStatus();
      case Location::kCookie:
        if (const absl::Status fits = login::CheckCookieValue(param.value()); !fits.ok()) {
          return base::MakeError(Reason::kProviderProtocolError,
                                 absl::StrCat("cookie ", param.name(), ": ", fits.message()));
        }
        open_.cookies.push_back(param);
        return absl::OkStatus();
      case Location::kForm:
        SB_RETURN_IF_ERROR(OpenForm(param.name()));
        open_.form.push_back(param);
        return absl::OkStatus();
      case Location::kJsonPointer:
        return PlaceInJson(param);
      case Location::kPathSegment:
        return PlaceInPath(param);
    }
    return absl::OkStatus();
  }

  // The body is a form from here on, to which `name` can be added.
  absl::Status OpenForm(absl::string_view name) {
    if (method_ == "GET") {
      return Invalid(
          absl::StrCat("the form field \"", name, "\" must be added, and GET has no body"));
    }
    if (has_body_ && !open_.has_form) {
      return Invalid(absl::StrCat("the form field \"", name,
                                  "\" must be added, and the body is raw: give it as `form`"));
    }
    open_.has_form = true;
    return absl::OkStatus();
  }

  absl::Status PlaceInJson(const login::Param& member) {
    if (method_ == "GET" || open_.has_form) {
      return Invalid(absl::StrCat("the JSON member ", member.name(),
                                  " must be added, and there is no JSON body"));
    }
    const absl::string_view document = has_body_ ? secrets::View(open_.body) : "{}";
    absl::StatusOr<WipedBytes> with = WithMember(document, member.name(), member.value());
    if (!with.ok()) return Invalid(absl::StrCat("body: ", with.status().message()));
    open_.body = *std::move(with);
    if (FindHeader(open_, "Content-Type") == nullptr) {
      open_.headers.emplace_back("Content-Type", kJsonType);
    }
    has_body_ = true;
    return absl::OkStatus();
  }

  absl::Status PlaceInPath(const login::Param& segment) {
    const auto place =
        std::find(segments_.begin(), segments_.end(), absl::StrCat(":", segment.name()));
    if (place == segments_.end()) {
      return Invalid(
          absl::StrCat("path: has no segment \":", segment.name(), "\", where the session goes"));
    }
    absl::StatusOr<std::string> encoded = http::EncodePathSegment(segment.value());
    if (!encoded.ok()) {
      return base::MakeError(Reason::kProviderProtocolError,
                             "the session cannot stand in a path: it is empty, \".\" or \"..\"");
    }
    *place = *std::move(encoded);
    return absl::OkStatus();
  }

  absl::Status AddUserAgent() {
    const login::Param* const own = FindHeader(open_, "User-Agent");
    const std::string bound =
        ingredients_.session == nullptr ? "" : ingredients_.session->bound_user_agent;
    if (own != nullptr) {
      return bound.empty() || own->value() == bound
                 ? absl::OkStatus()
                 : Invalid(
                       "headers: the session is tied to the User-Agent of its login; leave the "
                       "header out");
    }
    if (!bound.empty()) {
      open_.headers.emplace_back("User-Agent", bound);
    } else if (ingredients_.sender == Sender::kBroker) {
      open_.headers.emplace_back("User-Agent", ingredients_.user_agent);
    }
    return absl::OkStatus();
  }

  // What the definition signs the request with, or injects.
  absl::Status AddDefinition() {
    if (additions_ != nullptr && !additions_->form.empty()) {
      SB_RETURN_IF_ERROR(OpenForm(additions_->form[0].name));
    }
    if (open_.has_form && FindHeader(open_, "Content-Type") == nullptr) {
      open_.headers.emplace_back("Content-Type", kFormType);
    }
    if (additions_ == nullptr) return absl::OkStatus();

    login::Bindings bindings = login::ParametersOf(account_);
    login::AddSecrets(account_, &bindings);
    if (ingredients_.session != nullptr) {
      login::AddSession(program_, *ingredients_.session, &bindings);
    }
    bindings.insert_or_assign("now", login::Value::Time(ingredients_.now));
    for (const auto& [sequence, number] : ingredients_.numbers) {
      bindings.insert_or_assign(absl::StrCat("next.", sequence), login::Value::Int(number));
    }
    login::Evaluation evaluation(*ingredients_.random);
    std::vector<login::SensitiveValue> sent;
    absl::StatusOr<std::vector<Added>> added =
        login::Add(*additions_, bindings, evaluation, open_, &sent);
    if (!added.ok()) {
      return Invalid(absl::StrCat("cannot be completed: ", added.status().message()));
    }
    std::move(added->begin(), added->end(), std::back_inserter(added_));
    if (program_.inject().has_value()) {
      secrets_ = std::make_shared<const login::SensitiveTexts>(
          login::SensitiveTextsOf(program_, bindings, sent, login::Taint::kRaw));
    }
    return absl::OkStatus();
  }

  http::Request Finish() {
    http::Request out;
    out.method = method_;
    WipedBytes url;
    secrets::Append(open_.origin, url);
    secrets::Append(open_.path, url);
    char separator = '?';
    for (const login::Param& param : open_.query) {
      url.push_back(std::exchange(separator, '&'));
      secrets::AppendAndWipe(http::EncodeQueryComponent(param.name()), url);
      url.push_back('=');
      secrets::AppendAndWipe(http::EncodeQueryComponent(param.value()), url);
    }
    out.url = ToString(url);
    for (const login::Param& header : open_.headers) {
      out.headers.push_back({std::string(header.name()), std::string(header.value())});
    }
    if (!open_.cookies.empty()) out.headers.push_back({"Cookie", ToString(CookieLine())});
    out.body = ToString(open_.has_form ? login::EncodeForm(open_.form) : open_.body);
    return out;
  }

  WipedBytes CookieLine() const {
    WipedBytes line;
    for (const login::Param& cookie : open_.cookies) {
      secrets::Append(line.empty() ? "" : "; ", line);
      secrets::Append(cookie.name(), line);
      line.push_back('=');
      secrets::Append(cookie.value(), line);
    }
    return line;
  }

  const login::Account& account_;
  const login::Program& program_;
  const AdditionsTemplate* const additions_;
  const Ingredients& ingredients_;
  const std::string method_;
  bool has_body_;
  // Of the path.
  std::vector<std::string> segments_;
  OpenRequest open_;
  std::vector<Added> added_;
  std::shared_ptr<const login::SensitiveTexts> secrets_;
};

}  // namespace

ReservedNames ReservedBy(const login::Program& program) {
  ReservedNames reserved;
  if (program.has_sessions()) {
    for (const login::AttachTemplate& attach : program.session().attach) {
      if (attach.location == Location::kHeader) reserved.AddHeader(attach.name);
      if (attach.location == Location::kQuery || attach.location == Location::kForm) {
        reserved.AddParameter(attach.name);
      }
    }
  }
  if (const AdditionsTemplate* additions = AdditionsOf(program)) {
    for (const login::NamedTemplate& one : additions->query) reserved.AddParameter(one.name);
    for (const login::NamedTemplate& one : additions->form) reserved.AddParameter(one.name);
    for (const login::NamedTemplate& one : additions->headers) reserved.AddHeader(one.name);
  }
  return reserved;
}

absl::Status CheckSender(const login::Program& program, Sender sender) {
  if (sender == Sender::kBroker || !program.inject().has_value()) return absl::OkStatus();
  return base::MakeError(Reason::kInjectOnly,
                         absl::StrCat("requests to ", program.provider(),
                                      " carry a secret that must not leave the broker: use "
                                      "CallProvider"));
}

absl::StatusOr<std::vector<NumberNeed>> NumbersFor(const login::Account& account) {
  std::vector<NumberNeed> needs;
  const AdditionsTemplate* const additions = AdditionsOf(*account.program);
  if (additions == nullptr) return needs;
  for (const std::string& name : additions->sequences) {
    const login::SequenceTemplate& sequence = account.program->sequence(name);
    login::NoRandomness none("a sequence's key is the same each time");
    login::Evaluation evaluation(none);
    absl::StatusOr<login::SequenceId> id = login::SequenceIdOf(sequence, account, evaluation);
    if (!id.ok()) return base::MakeError(Reason::kProviderProtocolError, id.status().message());
    needs.push_back(NumberNeed{.sequence = name,
                               .number = {*std::move(id), sequence.spec, std::nullopt},
                               .in_order = sequence.in_order,
                               .raise_by = sequence.raise_by});
  }
  return needs;
}

absl::StatusOr<CompletedRequest> Complete(const login::Account& account, const Request& request,
                                          const Ingredients& ingredients) {
  return Completion(account, request, ingredients).Run();
}

}  // namespace sessionbroker::calls
