#include "service/access/guarded_sessions.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "service/access/not_allowed.h"
#include "service/access/page_token.h"
#include "service/base/status_macros.h"

namespace sessionbroker::access {
namespace {

base::AccountId CopyOf(base::AccountIdView id) {
  return {.provider = std::string(id.provider), .account = std::string(id.account)};
}

const char* NameOf(sessions::ReportResult result) {
  switch (result) {
    case sessions::ReportResult::kInvalidated:
      return "invalidated";
    case sessions::ReportResult::kStaleVersion:
      return "stale version";
    case sessions::ReportResult::kProbing:
      return "probing";
  }
  return "";
}

const char* NameOf(sessions::Unlatched unlatched) {
  switch (unlatched) {
    case sessions::Unlatched::kWasLatched:
      return "was latched";
    case sessions::Unlatched::kWasBackingOff:
      return "was backing off";
    case sessions::Unlatched::kWasOutOfLogins:
      return "was out of logins";
    case sessions::Unlatched::kWasNeither:
      return "was neither";
  }
  return "";
}

}  // namespace

absl::StatusOr<sessions::SessionPtr> GuardedSessions::TryGet(const Call& call,
                                                             base::AccountIdView id,
                                                             absl::Duration min_validity) {
  const AuditEvent event = EventOf(call, AuditAction::kGet, id);
  if (absl::Status taken = oversight_.quotas->TakeCall(call.caller); !taken.ok()) {
    return Failed(event, std::move(taken));
  }
  if (!policy_->Get()->Allows(call, Action::kGet, id)) {
    return Failed(event, NotAllowedError(call.caller, "get the session of", id));
  }
  sessions::SessionPtr session = manager_->TryGet(id, min_validity);
  if (session == nullptr) return session;
  return HandOut(event, std::move(session));
}

absl::StatusOr<sessions::SessionPtr> GuardedSessions::HandOut(AuditEvent event,
                                                              sessions::SessionPtr session) {
  event.version = session->version;
  event.session = session->id_hash;
  if (absl::Status kept = oversight_.audit->Record(event); !kept.ok()) {
    return Failed(event, std::move(kept));
  }
  return session;
}

GuardedSessions::PendingGet GuardedSessions::Get(const Call& call, base::AccountIdView id,
                                                 absl::Duration min_validity,
                                                 sessions::GetCallback done) {
  const AuditEvent event = EventOf(call, AuditAction::kGet, id);
  if (!policy_->Get()->Allows(call, Action::kGet, id)) {
    done(Failed(event, NotAllowedError(call.caller, "get the session of", id)));
    return PendingGet();
  }
  if (absl::Status status = oversight_.audit->Check(); !status.ok()) {
    done(Failed(event, std::move(status)));
    return PendingGet();
  }
  absl::StatusOr<CallerQuotas::Place> place = oversight_.quotas->BeginCall(call.caller);
  if (!place.ok()) {
    done(Failed(event, place.status()));
    return PendingGet();
  }
  return manager_->Get(
      id, min_validity,
      [this, call, id = CopyOf(id), place = *std::move(place),
       done = std::move(done)](absl::StatusOr<sessions::SessionPtr> session) mutable {
        const AuditEvent ended = EventOf(call, AuditAction::kGet, id);
        done(session.ok() ? HandOut(ended, *std::move(session)) : Failed(ended, session.status()));
      },
      [quotas = oversight_.quotas, caller = call.caller] { return quotas->TakeLogin(caller); });
}

void GuardedSessions::Report(const Call& call, base::AccountIdView id, int64_t version,
                             sessions::SessionManager::ReportCallback done) {
  AuditEvent event = EventOf(call, AuditAction::kInvalidate, id);
  event.version = version;
  absl::Status taken = oversight_.quotas->TakeCall(call.caller);
  if (taken.ok()) taken = oversight_.quotas->CheckLogin(call.caller);
  if (!taken.ok()) {
    done(Failed(event, std::move(taken)));
    return;
  }
  const Caller* const caller = policy_->Get()->Allows(call, Action::kInvalidate, id);
  if (caller == nullptr) {
    done(Failed(event, NotAllowedError(call.caller, "invalidate the session of", id)));
    return;
  }
  manager_->Report(caller->ToString(), id, version,
                   [this, call, id = CopyOf(id), version, done = std::move(done)](
                       absl::StatusOr<sessions::SessionKeeper::Reported> reported) mutable {
                     AuditEvent ended = EventOf(call, AuditAction::kInvalidate, id);
                     ended.version = version;
                     if (!reported.ok()) {
                       done(Failed(ended, reported.status()));
                       return;
                     }
                     // It may have begun a login.
                     if (reported->result != sessions::ReportResult::kStaleVersion) {
                       oversight_.quotas->TakeLogin(call.caller).IgnoreError();
                     }
                     ended.detail = NameOf(reported->result);
                     // It has happened: there is nothing to hold back.
                     oversight_.audit->Record(ended).IgnoreError();
                     done(std::move(reported));
                   });
}

void GuardedSessions::Unlatch(const Call& call, base::AccountIdView id,
                              sessions::SessionManager::UnlatchCallback done) {
  const AuditEvent event = EventOf(call, AuditAction::kUnlatch, id);
  if (absl::Status taken = oversight_.quotas->TakeCall(call.caller); !taken.ok()) {
    done(Failed(event, std::move(taken)));
    return;
  }
  if (!policy_->Get()->Allows(call, Action::kOperate, id)) {
    done(Failed(event, NotAllowedError(call.caller, "operate", id)));
    return;
  }
  manager_->Unlatch(id, [this, call, id = CopyOf(id), done = std::move(done)](
                            absl::StatusOr<sessions::Unlatched> unlatched) mutable {
    AuditEvent ended = EventOf(call, AuditAction::kUnlatch, id);
    if (!unlatched.ok()) {
      done(Failed(ended, unlatched.status()));
      return;
    }
    ended.detail = NameOf(*unlatched);
    oversight_.audit->Record(ended).IgnoreError();
    done(std::move(unlatched));
  });
}

absl::StatusOr<ListPage> GuardedSessions::List(const Call& call, const ListRequest& request) const {
  if (absl::Status taken = oversight_.quotas->TakeCall(call.caller); !taken.ok()) {
    return Failed(EventOf(call, AuditAction::kList, {request.provider, ""}), std::move(taken));
  }
  SB_ASSIGN_OR_RETURN(const std::size_t size, PageSizeFor(request.page_size));
  std::optional<base::AccountId> after;
  if (!request.page_token.empty()) {
    SB_ASSIGN_OR_RETURN(after, DecodePageToken(request.provider, request.page_token));
  }
  sessions::ListQuery query{.provider = request.provider, .after = std::nullopt, .limit = size + 1};
  if (after.has_value()) query.after = *after;
  ListPage page;
  const std::shared_ptr<const Policy> policy = policy_->Get();
  // Who may see nothing learns nothing from how long it takes either.
  if (!policy->AllowsSome(call, Action::kList, request.provider)) return page;
  page.accounts = manager_->List(query, [&](base::AccountIdView id) {
    return policy->Allows(call, Action::kList, id) != nullptr;
  });
  // One more than asked for tells that there is a next page.
  if (page.accounts.size() > size) {
    page.accounts.pop_back();
    page.next_page_token = EncodePageToken(request.provider, page.accounts.back().id);
  }
  return page;
}

}  // namespace sessionbroker::access
