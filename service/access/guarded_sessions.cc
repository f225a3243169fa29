#include "service/access/guarded_sessions.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/access/page_token.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::access {
namespace {

absl::Status NotAllowedError(const Caller& caller, absl::string_view what, base::AccountIdView id) {
  return base::MakeError(
      base::Reason::kNotAllowed,
      absl::StrCat("no rule allows ", caller.ToString(), " to ", what, " ", id.ToString()));
}

}  // namespace

sessions::SessionPtr GuardedSessions::TryGet(const Call& call, base::AccountIdView id,
                                             absl::Duration min_validity) {
  if (!policy_->Get()->Allows(call, Action::kGet, id)) return nullptr;
  return manager_->TryGet(id, min_validity);
}

GuardedSessions::PendingGet GuardedSessions::Get(const Call& call, base::AccountIdView id,
                                                 absl::Duration min_validity,
                                                 sessions::GetCallback done) {
  if (!policy_->Get()->Allows(call, Action::kGet, id)) {
    done(NotAllowedError(call.caller, "get the session of", id));
    return PendingGet();
  }
  return manager_->Get(id, min_validity, std::move(done));
}

void GuardedSessions::Report(const Call& call, base::AccountIdView id, int64_t version,
                             sessions::SessionManager::ReportCallback done) {
  const Caller* const caller = policy_->Get()->Allows(call, Action::kInvalidate, id);
  if (caller == nullptr) {
    done(NotAllowedError(call.caller, "invalidate the session of", id));
    return;
  }
  manager_->Report(caller->ToString(), id, version, std::move(done));
}

void GuardedSessions::Unlatch(const Call& call, base::AccountIdView id,
                              sessions::SessionManager::UnlatchCallback done) {
  if (!policy_->Get()->Allows(call, Action::kOperate, id)) {
    done(NotAllowedError(call.caller, "operate", id));
    return;
  }
  manager_->Unlatch(id, std::move(done));
}

absl::StatusOr<ListPage> GuardedSessions::List(const Call& call, const ListRequest& request) const {
  SB_ASSIGN_OR_RETURN(const std::size_t size, PageSizeFor(request.page_size));
  std::optional<base::AccountId> after;
  if (!request.page_token.empty()) {
    SB_ASSIGN_OR_RETURN(after, DecodePageToken(request.provider, request.page_token));
  }
  sessions::ListQuery query{.provider = request.provider, .after = std::nullopt, .limit = size + 1};
  if (after.has_value()) query.after = *after;
  ListPage page;
  const std::shared_ptr<const Policy> policy = policy_->Get();
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
