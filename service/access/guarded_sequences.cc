#include "service/access/guarded_sequences.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/access/page_token.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::access {
namespace {

// A token's filter and first name are the key.
std::string TokenOf(const std::string& key, const nonces::SequenceId& last) {
  return EncodePageToken(key, {last.key, last.origin});
}
absl::StatusOr<nonces::SequenceId> FromToken(const std::string& key, const std::string& token) {
  SB_ASSIGN_OR_RETURN(const base::AccountId last, DecodePageToken(key, token));
  return nonces::SequenceId{.origin = last.account, .key = last.provider};
}

}  // namespace

void GuardedSequences::List(const Call& call, const SequenceListRequest& request,
                            ListCallback done) const {
  absl::StatusOr<Cut> cut = CheckList(call, request);
  if (!cut.ok()) {
    done(Failed(EventOf(call, AuditAction::kListSequences), cut.status()));
    return;
  }
  sequencer_->List([done = std::move(done), cut = *std::move(cut)](
                       absl::StatusOr<std::vector<nonces::Record>> all) mutable {
    if (!all.ok()) {
      done(all.status());
    } else {
      done(PageOf(*std::move(all), cut));
    }
  });
}

absl::StatusOr<GuardedSequences::Cut> GuardedSequences::CheckList(
    const Call& call, const SequenceListRequest& request) const {
  SB_RETURN_IF_ERROR(Check(call, "list sequences"));
  Cut cut{.key = request.key, .size = 0, .after = std::nullopt};
  SB_ASSIGN_OR_RETURN(cut.size, PageSizeFor(request.page_size));
  if (!request.page_token.empty()) {
    SB_ASSIGN_OR_RETURN(cut.after, FromToken(request.key, request.page_token));
  }
  return cut;
}

SequencePage GuardedSequences::PageOf(std::vector<nonces::Record> all, const Cut& cut) {
  SequencePage page;
  for (nonces::Record& record : all) {
    if (!cut.key.empty() && record.id.key != cut.key) continue;
    if (cut.after.has_value() && !(*cut.after < record.id)) continue;
    if (page.sequences.size() == cut.size) {
      page.next_page_token = TokenOf(cut.key, page.sequences.back().id);
      break;
    }
    page.sequences.push_back(std::move(record));
  }
  return page;
}

void GuardedSequences::Raise(const Call& call, absl::string_view origin, absl::string_view key,
                             int64_t value, nonces::Sequencer::RaiseCallback done) const {
  const std::string detail = absl::StrCat(origin, " ", key, " ", value);
  AuditEvent event = EventOf(call, AuditAction::kRaiseSequence);
  event.detail = detail;
  if (absl::Status status = Check(call, "raise sequences"); !status.ok()) {
    done(Failed(event, std::move(status)));
    return;
  }
  absl::StatusOr<nonces::KnownSequences::Found> found = known_->Get()->Find(origin, key);
  if (!found.ok()) {
    done(Failed(event, found.status()));
    return;
  }
  sequencer_->Raise(
      found->id, std::move(found->specs), value,
      [this, call, detail, done = std::move(done)](absl::StatusOr<nonces::Raised> raised) mutable {
        AuditEvent ended = EventOf(call, AuditAction::kRaiseSequence);
        ended.detail = detail;
        if (!raised.ok()) {
          done(Failed(ended, raised.status()));
          return;
        }
        // It has happened: there is nothing to hold back.
        oversight_.audit->Record(ended).IgnoreError();
        done(std::move(raised));
      });
}

absl::Status GuardedSequences::Check(const Call& call, absl::string_view what) const {
  SB_RETURN_IF_ERROR(oversight_.quotas->TakeCall(call.caller));
  if (policy_->Get()->AllowsEverywhere(call, Action::kOperate)) return absl::OkStatus();
  return base::MakeError(base::Reason::kNotAllowed,
                         absl::StrCat("no rule allows ", call.caller.ToString(), " to ", what,
                                      ": it takes the action operate on the accounts */*"));
}

}  // namespace sessionbroker::access
