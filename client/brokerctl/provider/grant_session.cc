#include "client/brokerctl/provider/grant_session.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/secrets/secret.h"

namespace sessionbroker::brokerctl {
namespace {

v1::Attachment::Location ToProto(login::Location location) {
  auto out = v1::Attachment::LOCATION_UNSPECIFIED;
  v1::Attachment::Location_Parse(
      absl::StrCat("LOCATION_", absl::AsciiStrToUpper(login::NameOf(location))), &out);
  return out;
}

std::string Revealed(const secrets::Secret& secret) {
  return std::string(secret.Reveal(secrets::RevealToken::Issue()));
}

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  out->set_seconds(absl::ToUnixSeconds(time));
}

}  // namespace

v1::Session SessionOf(const login::Account& account, const login::Grant& grant, absl::Time issued) {
  v1::Session session;
  session.set_provider(account.id.provider);
  session.set_account(account.id.account);
  session.set_id(Revealed(grant.id));
  session.set_base_url(account.base_url);
  SetTime(issued, session.mutable_issue_time());
  if (grant.idle.has_value() || grant.absolute.has_value()) {
    const absl::Duration life = std::min(grant.idle.value_or(absl::InfiniteDuration()),
                                         grant.absolute.value_or(absl::InfiniteDuration()));
    SetTime(issued + life, session.mutable_expire_time());
  }
  if (grant.idle.has_value()) {
    session.mutable_idle_timeout()->set_seconds(absl::ToInt64Seconds(*grant.idle));
  }
  for (const auto& [name, value] : grant.attributes) (*session.mutable_attributes())[name] = value;
  for (const login::Attachment& attachment : grant.attachments) {
    v1::Attachment* out = session.add_attachments();
    out->set_location(ToProto(attachment.location));
    out->set_name(attachment.name);
    out->set_value(Revealed(attachment.value));
    for (const std::string& method : attachment.methods) out->add_methods(method);
  }
  v1::Constraints* constraints = session.mutable_constraints();
  constraints->set_user_agent(grant.bound_user_agent);
  if (grant.bound_to_address) constraints->set_egress("this machine");
  constraints->set_signing_required(grant.signing_required);
  return session;
}

}  // namespace sessionbroker::brokerctl
