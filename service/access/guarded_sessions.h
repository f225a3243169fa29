#ifndef SESSIONBROKER_SERVICE_ACCESS_GUARDED_SESSIONS_H_
#define SESSIONBROKER_SERVICE_ACCESS_GUARDED_SESSIONS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/access/call.h"
#include "service/access/oversight.h"
#include "service/access/policy_holder.h"
#include "service/base/account_id.h"
#include "service/sessions/session_manager.h"

namespace sessionbroker::access {

// What ListAccounts is asked.
struct ListRequest {
  // Only this provider's accounts; empty: all.
  std::string provider;
  // At most so many in one page; 0 means 100, more than 1,000 means 1,000.
  int32_t page_size = 0;
  // The next_page_token of the page before; empty: the first page.
  std::string page_token;
};

// One page of accounts.
struct ListPage {
  std::vector<sessions::AccountSummary> accounts;
  // Empty: this was the last page.
  std::string next_page_token;
};

// The sessions as callers reach them: quotas and rights first, then the session manager, and a line
// in the audit log of what came of it. Thread-safe. A caller that may not use an account gets
// kNotAllowed whether the account exists or not.
class GuardedSessions {
 public:
  using PendingGet = sessions::SessionManager::PendingGet;

  // Both outlive this object, which outlives the calls that it has let wait.
  GuardedSessions(const PolicyHolder* policy, sessions::SessionManager* manager,
                  const Oversight& oversight)
      : policy_(policy), manager_(manager), oversight_(oversight) {}

  // The session, if it can be handed out without waiting; nullptr: ask Get, which tells why or
  // waits. Allocates nothing for a session that the caller was handed before. Errors:
  //   kCallerQuota       the caller calls too often
  //   kNotAllowed
  //   kAuditUnavailable  the hand-out would leave no line
  absl::StatusOr<sessions::SessionPtr> TryGet(const Call& call, base::AccountIdView id,
                                              absl::Duration min_validity);

  // For a call that TryGet has let through. As sessions::SessionManager::Get, and
  //   kNotAllowed
  //   kAuditUnavailable
  //   kCallerQuota       too many calls of the caller wait, or it has caused too many logins
  PendingGet Get(const Call& call, base::AccountIdView id, absl::Duration min_validity,
                 sessions::GetCallback done);

  // As sessions::SessionManager::Report, and kNotAllowed or kCallerQuota.
  void Report(const Call& call, base::AccountIdView id, int64_t version,
              sessions::SessionManager::ReportCallback done);

  // As sessions::SessionManager::Unlatch, and kNotAllowed for who may not operate the account, or
  // kCallerQuota.
  void Unlatch(const Call& call, base::AccountIdView id,
               sessions::SessionManager::UnlatchCallback done);

  // The accounts that this caller may list, in the order of provider, then account. A page goes on
  // behind the last account of the one before, whatever has come or gone since. Errors:
  // kInvalidArgument for a page_size below 0 or a page_token that is none of this list's, and
  // kCallerQuota.
  absl::StatusOr<ListPage> List(const Call& call, const ListRequest& request) const;

 private:
  absl::StatusOr<sessions::SessionPtr> HandOut(AuditEvent event, sessions::SessionPtr session);
  absl::Status Failed(const AuditEvent& event, absl::Status status) const {
    return access::Failed(*oversight_.audit, event, std::move(status));
  }

  const PolicyHolder* const policy_;
  sessions::SessionManager* const manager_;
  const Oversight oversight_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_GUARDED_SESSIONS_H_
