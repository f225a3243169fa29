#ifndef SESSIONBROKER_SERVICE_ACCESS_GUARDED_SEQUENCES_H_
#define SESSIONBROKER_SERVICE_ACCESS_GUARDED_SEQUENCES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/call.h"
#include "service/access/oversight.h"
#include "service/access/policy_holder.h"
#include "service/base/snapshot.h"
#include "service/nonces/known_sequences.h"
#include "service/nonces/sequencer.h"

namespace sessionbroker::access {

// What ListSequences is asked.
struct SequenceListRequest {
  // Only this key's sequences; empty: all.
  std::string key = {};
  // At most so many in one page; 0 means 100, more than 1,000 means 1,000.
  int32_t page_size = 0;
  // The next_page_token of the page before; empty: the first page.
  std::string page_token = {};
};

// One page of sequences.
struct SequencePage {
  std::vector<nonces::Record> sequences;
  // Empty: this was the last page.
  std::string next_page_token;
};

// The sequences of nonces as operators reach them: who may not `operate` everywhere gets
// kNotAllowed. Thread-safe. Callbacks run exactly once, inside the call or on the sequencer's
// scheduler.
class GuardedSequences {
 public:
  using ListCallback = absl::AnyInvocable<void(absl::StatusOr<SequencePage>)>;

  using Known = base::Snapshot<nonces::KnownSequences>;

  // `known` are those that may be raised. All outlive this object.
  GuardedSequences(const PolicyHolder* policy, const Known* known, nonces::Sequencer* sequencer,
                   const Oversight& oversight)
      : policy_(policy), known_(known), sequencer_(sequencer), oversight_(oversight) {}

  // In the order of origin and key. Errors: kInvalidArgument for a page_size below 0 or a
  // page_token that is none of this list's; as nonces::Sequencer::List.
  void List(const Call& call, const SequenceListRequest& request, ListCallback done) const;

  // Errors: as nonces::KnownSequences::Find and nonces::Sequencer::Raise.
  void Raise(const Call& call, absl::string_view origin, absl::string_view key, int64_t value,
             nonces::Sequencer::RaiseCallback done) const;

 private:
  // Which part of the list a request asks for.
  struct Cut {
    std::string key;
    std::size_t size = 0;
    std::optional<nonces::SequenceId> after;
  };

  absl::StatusOr<Cut> CheckList(const Call& call, const SequenceListRequest& request) const;
  // `all` is in the order of origin and key.
  static SequencePage PageOf(std::vector<nonces::Record> all, const Cut& cut);
  absl::Status Check(const Call& call, absl::string_view what) const;
  absl::Status Failed(const AuditEvent& event, absl::Status status) const {
    return access::Failed(*oversight_.audit, event, std::move(status));
  }

  const PolicyHolder* const policy_;
  const Known* const known_;
  nonces::Sequencer* const sequencer_;
  const Oversight oversight_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_GUARDED_SEQUENCES_H_
