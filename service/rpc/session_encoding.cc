#include "service/rpc/session_encoding.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/rpc/status_mapping.h"
#include "service/rpc/time_encoding.h"
#include "service/secrets/secret.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::rpc {
namespace {

std::string Revealed(const secrets::Secret& secret) {
  return std::string(secret.Reveal(secrets::RevealToken::Issue()));
}

}  // namespace

v1::Attachment::Location ToWire(login::Location location) {
  auto out = v1::Attachment::LOCATION_UNSPECIFIED;
  v1::Attachment::Location_Parse(
      absl::StrCat("LOCATION_", absl::AsciiStrToUpper(login::NameOf(location))), &out);
  return out;
}

std::string EncodeSession(const sessions::Session& session) {
  v1::GetSessionResponse response;
  v1::Session& out = *response.mutable_session();
  out.set_provider(session.id.provider);
  out.set_account(session.id.account);
  out.set_id(Revealed(session.grant.id));
  out.set_version(session.version);
  EncodeTime(session.issue_time, out.mutable_issue_time());
  if (session.expire_time.has_value()) {
    EncodeTime(*session.expire_time, out.mutable_expire_time());
  }
  if (session.grant.idle.has_value()) {
    EncodeDuration(*session.grant.idle, out.mutable_idle_timeout());
  }
  out.set_base_url(session.base_url);
  for (const auto& [name, value] : session.grant.attributes) {
    (*out.mutable_attributes())[name] = value;
  }
  for (const login::Attachment& attachment : session.grant.attachments) {
    v1::Attachment& added = *out.add_attachments();
    added.set_location(ToWire(attachment.location));
    added.set_name(attachment.name);
    added.set_value(Revealed(attachment.value));
    for (const std::string& method : attachment.methods) added.add_methods(method);
  }
  v1::Constraints& constraints = *out.mutable_constraints();
  constraints.set_user_agent(session.grant.bound_user_agent);
  constraints.set_egress(session.egress);
  constraints.set_signing_required(session.grant.signing_required);
  return response.SerializeAsString();
}

std::string EncodeOutage(const sessions::Outage& outage) {
  const base::ErrorDetails details = base::DetailsOf(outage.cause);
  v1::WatchSessionResponse response;
  v1::Outage& out = *response.mutable_outage();
  out.set_reason(std::string(base::NameOf(details.reason)));
  if (const auto cause = details.metadata.find("cause"); cause != details.metadata.end()) {
    out.set_cause(cause->second);
  }
  out.set_message(MessageForCallers(outage.cause));
  if (outage.retry_time.has_value()) EncodeTime(*outage.retry_time, out.mutable_retry_time());
  return response.SerializeAsString();
}

}  // namespace sessionbroker::rpc
