#ifndef SESSIONBROKER_SERVICE_STORAGE_STORE_H_
#define SESSIONBROKER_SERVICE_STORAGE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sessionbroker::storage {

// What limits every store, etcd's defaults included.
inline constexpr std::size_t kMaxKeyBytes = 1024;
inline constexpr std::size_t kMaxValueBytes = 512 * 1024;
inline constexpr std::size_t kMaxTransactionKeys = 128;

// A key with what it holds. Keys and values are bytes.
struct Entry {
  std::string key;
  std::string value;
  // Of the commit that wrote it last; rises from commit to commit, over all keys. At least 1.
  int64_t revision = 0;

  friend bool operator==(const Entry& a, const Entry& b) {
    return a.key == b.key && a.value == b.value && a.revision == b.revision;
  }
};

// What must hold for a transaction to be carried out: `key` was last written by `revision`; 0: it
// is not there.
struct Condition {
  std::string key;
  int64_t revision = 0;
};

// Puts `value`, or, where there is none, takes the key away.
struct Write {
  std::string key;
  std::optional<std::string> value;
};

// All writes at once if all conditions hold, else none.
struct Transaction {
  std::vector<Condition> conditions;
  std::vector<Write> writes;
};

struct CommitResult {
  // False: a condition did not hold; nothing was written.
  bool committed = false;
  // If committed: what the entries written have as their revision.
  int64_t revision = 0;
};

// Which entries to list: those whose key begins with `prefix` (empty: all) and comes after `after`
// (empty: from the first), at most so many (unset: all).
struct Range {
  std::string prefix;
  std::string after = "";
  std::optional<std::size_t> limit = std::nullopt;
};

// INVALID_ARGUMENT for a transaction that no store takes: no write, a key that is written twice or
// stands in two conditions, more than kMaxTransactionKeys of either, a key that is empty or longer
// than kMaxKeyBytes, a value longer than kMaxValueBytes.
absl::Status CheckTransaction(const Transaction& transaction);

// What must last: keys and values as etcd has them. Thread-safe. Calls return at once; callbacks
// run on the scheduler that the store was made with, each exactly once, in the order of the calls,
// except that a store that goes destroys those of calls under way uncalled. A call sees what was
// committed before it was made. Errors:
//   INVALID_ARGUMENT     see CheckTransaction
//   kStoreUnavailable    the store cannot be read or written now; whether a commit that failed so
//                        took effect is open: read before trying again
class Store {
 public:
  using GetCallback = absl::AnyInvocable<void(absl::StatusOr<std::optional<Entry>>)>;
  using ListCallback = absl::AnyInvocable<void(absl::StatusOr<std::vector<Entry>>)>;
  using CommitCallback = absl::AnyInvocable<void(absl::StatusOr<CommitResult>)>;

  virtual ~Store() = default;

  // The entry of `key`, if there is one.
  virtual void Get(const std::string& key, GetCallback done) = 0;

  // The entries of `range`, in the order of the keys' bytes.
  virtual void List(Range range, ListCallback done) = 0;

  // Durable once `done` is called with a result that says committed.
  virtual void Commit(Transaction transaction, CommitCallback done) = 0;
};

}  // namespace sessionbroker::storage

#endif  // SESSIONBROKER_SERVICE_STORAGE_STORE_H_
