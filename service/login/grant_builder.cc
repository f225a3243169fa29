#include "service/login/grant_builder.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/login/program.h"
#include "service/login/template_evaluator.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {
namespace {

absl::StatusOr<std::string> EvaluateForSession(const Template& value, absl::string_view place,
                                               const Bindings& bindings, Evaluation& evaluation) {
  const absl::StatusOr<Value> evaluated = value.Evaluate(bindings, evaluation);
  if (!evaluated.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": ", evaluated.status().message()));
  }
  const secrets::WipedBytes text = TextOf(*evaluated);
  if (std::any_of(text.begin(), text.end(), absl::ascii_iscntrl)) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": the value has a control character"));
  }
  return std::string(View(text));
}

// An account's own setting comes before its definition's.
absl::StatusOr<std::optional<absl::Duration>> LifeOf(const std::optional<absl::Duration>& account,
                                                     const std::optional<absl::Duration>& constant,
                                                     const std::optional<Expression>& told,
                                                     const char* place, const Bindings& bindings,
                                                     Evaluation& evaluation) {
  if (account.has_value() || !told.has_value()) return account.has_value() ? account : constant;
  const absl::StatusOr<Value> life = told->Evaluate(bindings, evaluation);
  if (!life.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": ", life.status().message()));
  }
  if (life->duration() <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": it is not more than 0s"));
  }
  return std::make_optional(std::min(life->duration(), kLongestLife));
}

absl::Status SetLife(const Account& account, absl::Time provider_now, const Bindings& bindings,
                     Evaluation& evaluation, Grant& grant) {
  const SessionTemplate& session = account.program->session();
  SB_ASSIGN_OR_RETURN(grant.idle, LifeOf(account.idle, session.idle, session.told_idle,
                                         "session.idle", bindings, evaluation));
  SB_ASSIGN_OR_RETURN(grant.absolute,
                      LifeOf(account.absolute, session.absolute, session.told_absolute,
                             "session.absolute", bindings, evaluation));
  if (!session.expires.has_value()) return absl::OkStatus();
  const absl::StatusOr<Value> expires = session.expires->Evaluate(bindings, evaluation);
  if (!expires.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("session.expires: ", expires.status().message()));
  }
  const absl::Duration left = expires->time() - provider_now;
  if (left <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        "session.expires: by the provider's clock it is over already");
  }
  grant.absolute = std::min({left, grant.absolute.value_or(left), kLongestLife});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Grant> BuildGrant(const Account& account, absl::string_view user_agent,
                                 absl::Time provider_now, const Bindings& bindings,
                                 Evaluation& evaluation) {
  const SessionTemplate& session = account.program->session();
  Grant grant;
  SB_ASSIGN_OR_RETURN(const std::string id,
                      EvaluateForSession(session.id, "session.id", bindings, evaluation));
  if (id.empty()) return absl::InvalidArgumentError("session.id: the value is empty");
  grant.id = secrets::Secret(id);
  for (const NamedTemplate& attribute : session.attributes) {
    SB_ASSIGN_OR_RETURN(
        std::string value,
        EvaluateForSession(attribute.value, absl::StrCat("session.attributes.", attribute.name),
                           bindings, evaluation));
    if (!value.empty()) grant.attributes.emplace_back(attribute.name, std::move(value));
  }
  for (std::size_t i = 0; i < session.attach.size(); ++i) {
    const AttachTemplate& attach = session.attach[i];
    Attachment attachment{attach.location, attach.name, grant.id, attach.methods};
    if (attach.value.has_value()) {
      SB_ASSIGN_OR_RETURN(
          const std::string value,
          EvaluateForSession(*attach.value, absl::StrCat("session.attach[", i, "].value"), bindings,
                             evaluation));
      if (value.empty()) continue;
      attachment.value = secrets::Secret(value);
    }
    grant.attachments.push_back(std::move(attachment));
  }
  SB_RETURN_IF_ERROR(SetLife(account, provider_now, bindings, evaluation, grant));
  if (session.bound_to_user_agent) grant.bound_user_agent = std::string(user_agent);
  grant.bound_to_address = session.bound_to_address;
  grant.signing_required = session.signing_required;
  return grant;
}

}  // namespace sessionbroker::login
