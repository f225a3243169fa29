#include "service/sessions/session_record.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/status_macros.h"
#include "service/login/grant.h"
#include "service/secrets/wiped_bytes.h"
#include "service/sessions/record_layout.h"
#include "sessionbroker/state/v1/account.pb.h"

namespace sessionbroker::sessions {
namespace {

using login::Location;
using StoredLocation = state::v1::Session::Attachment;

constexpr RecordLayout kSessionLayout = {"session", 1};
// Before the attachments' values: what is no secret, and the id.
constexpr std::size_t kFirstParts = 2;
// Two looks at the clocks are apart by less.
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(10);

constexpr struct {
  Location location;
  StoredLocation::Location stored;
} kLocations[] = {
    {Location::kQuery, StoredLocation::LOCATION_QUERY},
    {Location::kHeader, StoredLocation::LOCATION_HEADER},
    {Location::kCookie, StoredLocation::LOCATION_COOKIE},
    {Location::kForm, StoredLocation::LOCATION_FORM},
    {Location::kJsonPointer, StoredLocation::LOCATION_JSON_POINTER},
    {Location::kPathSegment, StoredLocation::LOCATION_PATH_SEGMENT},
};

std::string PlaceOfSession(base::AccountIdView account, int64_t version) {
  return crypto::PlaceOf({"session", account.provider, account.account, absl::StrCat(version)});
}

absl::Status DamagedSession() { return absl::DataLossError("it is damaged"); }

void StoreZones(const login::ZonePolicy& zones, state::v1::Session::Zones* stored) {
  stored->set_advisory_percent(zones.advisory_percent);
  stored->set_early_percent(zones.early_percent);
  stored->set_mandatory_percent(zones.mandatory_percent);
  stored->set_mandatory_at_most(absl::ToInt64Nanoseconds(zones.mandatory_at_most));
  stored->set_margin_percent(zones.margin_percent);
  stored->set_margin_at_most(absl::ToInt64Nanoseconds(zones.margin_at_most));
}

login::ZonePolicy ZonesOf(const state::v1::Session::Zones& stored) {
  return {.advisory_percent = stored.advisory_percent(),
          .early_percent = stored.early_percent(),
          .mandatory_percent = stored.mandatory_percent(),
          .mandatory_at_most = absl::Nanoseconds(stored.mandatory_at_most()),
          .margin_percent = stored.margin_percent(),
          .margin_at_most = absl::Nanoseconds(stored.margin_at_most())};
}

void StoreGrant(const login::Grant& grant, state::v1::Session* stored) {
  for (const auto& [name, value] : grant.attributes) {
    auto* const attribute = stored->add_attributes();
    attribute->set_name(name);
    attribute->set_value(value);
  }
  for (const login::Attachment& from : grant.attachments) {
    auto* const attachment = stored->add_attachments();
    for (const auto& row : kLocations) {
      if (row.location == from.location) attachment->set_location(row.stored);
    }
    attachment->set_name(from.name);
    for (const std::string& method : from.methods) attachment->add_methods(method);
  }
  if (grant.idle.has_value()) stored->set_idle(absl::ToInt64Nanoseconds(*grant.idle));
  if (grant.absolute.has_value()) stored->set_absolute(absl::ToInt64Nanoseconds(*grant.absolute));
  stored->set_bound_user_agent(grant.bound_user_agent);
  stored->set_bound_to_address(grant.bound_to_address);
  stored->set_signing_required(grant.signing_required);
}

// `parts` are as many as there are secrets. Nothing for an attachment of an unknown location.
std::optional<login::Grant> GrantOf(const state::v1::Session& stored,
                                    const std::vector<absl::string_view>& parts) {
  login::Grant grant;
  grant.id = secrets::Secret(parts[kFirstParts - 1]);
  for (const auto& attribute : stored.attributes()) {
    grant.attributes.emplace_back(attribute.name(), attribute.value());
  }
  for (int i = 0; i < stored.attachments_size(); ++i) {
    const auto& from = stored.attachments(i);
    const auto* const row =
        std::find_if(std::begin(kLocations), std::end(kLocations),
                     [&from](const auto& any) { return any.stored == from.location(); });
    if (row == std::end(kLocations)) return std::nullopt;
    grant.attachments.push_back(
        {.location = row->location,
         .name = from.name(),
         .value = secrets::Secret(parts[kFirstParts + static_cast<std::size_t>(i)]),
         .methods = {from.methods().begin(), from.methods().end()}});
  }
  if (stored.has_idle()) grant.idle = absl::Nanoseconds(stored.idle());
  if (stored.has_absolute()) grant.absolute = absl::Nanoseconds(stored.absolute());
  grant.bound_user_agent = stored.bound_user_agent();
  grant.bound_to_address = stored.bound_to_address();
  grant.signing_required = stored.signing_required();
  return grant;
}

// The end that comes first, by either clock; and callers are not told a later one.
void PlaceInTime(const state::v1::Session& stored, const Present& now, Session* session) {
  const RecordTimes times(stored.saved(), now);
  session->issue_time = absl::FromUnixNanos(stored.issue_time());
  session->obtained_at = times.Past(stored.obtained_at());
  if (stored.has_expires_at()) session->expires_at = times.At(stored.expires_at());
  if (!stored.has_expire_time()) return;
  const absl::Time told = absl::FromUnixNanos(stored.expire_time());
  session->expires_at = std::min(session->expires_at, now.boot + (told - now.wall));
  const absl::Time end = now.wall + (session->expires_at - now.boot);
  session->expire_time = end + kBetweenLooks < told ? end : told;
}

absl::StatusOr<OpenedSession> ReadSession(absl::string_view opened, const Present& now) {
  const auto parts = crypto::PartsOf(opened);
  state::v1::Session stored;
  if (!parts.has_value() || parts->size() < kFirstParts ||
      !stored.ParseFromArray(parts->front().data(), static_cast<int>(parts->front().size())) ||
      parts->size() != kFirstParts + static_cast<std::size_t>(stored.attachments_size())) {
    return DamagedSession();
  }
  std::optional<login::Grant> grant = GrantOf(stored, *parts);
  if (!grant.has_value()) return DamagedSession();
  OpenedSession result;
  result.session.grant = *std::move(grant);
  result.session.base_url = stored.base_url();
  result.session.egress = stored.egress();
  result.session.zones = ZonesOf(stored.zones());
  PlaceInTime(stored, now, &result.session);
  result.inputs = stored.inputs();
  return result;
}

}  // namespace

absl::StatusOr<std::string> SealSession(const Session& session, absl::string_view inputs,
                                        const Present& now, const crypto::SealingKeys& keys,
                                        crypto::RandomSource& random) {
  state::v1::Session stored;
  SetMoment(now, stored.mutable_saved());
  stored.set_base_url(session.base_url);
  stored.set_egress(session.egress);
  stored.set_issue_time(absl::ToUnixNanos(session.issue_time));
  if (session.expire_time.has_value()) {
    stored.set_expire_time(absl::ToUnixNanos(*session.expire_time));
  }
  if (session.expires_at < base::BootTime::InfiniteFuture()) {
    stored.set_expires_at(NanosecondsOf(session.expires_at));
  }
  stored.set_obtained_at(NanosecondsOf(session.obtained_at));
  StoreZones(session.zones, stored.mutable_zones());
  StoreGrant(session.grant, &stored);
  stored.set_inputs(std::string(inputs));

  crypto::RecordParts parts;
  parts.Add(stored.SerializeAsString());
  parts.Add(session.grant.id);
  for (const login::Attachment& attachment : session.grant.attachments) parts.Add(attachment.value);
  SB_ASSIGN_OR_RETURN(const std::string sealed,
                      keys.Seal(parts, PlaceOfSession(session.id, session.version), random));
  return absl::StrCat(LayoutLine(kSessionLayout), session.version, "\n", sealed);
}

absl::StatusOr<OpenedSession> OpenSession(base::AccountIdView account, absl::string_view record,
                                          const Present& now, const crypto::SealingKeys* keys) {
  SB_RETURN_IF_ERROR(TakeLayoutLine(kSessionLayout, &record));
  const std::size_t end = record.find('\n');
  int64_t version = 0;
  if (end == absl::string_view::npos || !absl::SimpleAtoi(record.substr(0, end), &version)) {
    return DamagedSession();
  }
  if (keys == nullptr) {
    return absl::FailedPreconditionError(
        "it is sealed; put the key that sealed it back under sealing_keys");
  }
  const absl::StatusOr<secrets::WipedBytes> opened =
      keys->Open(record.substr(end + 1), PlaceOfSession(account, version));
  if (absl::IsFailedPrecondition(opened.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("it is ", opened.status().message(), "; put it back under sealing_keys"));
  }
  SB_RETURN_IF_ERROR(opened.status());
  SB_ASSIGN_OR_RETURN(OpenedSession result, ReadSession(secrets::View(*opened), now));
  result.session.id = {std::string(account.provider), std::string(account.account)};
  result.session.version = version;
  return result;
}

}  // namespace sessionbroker::sessions
