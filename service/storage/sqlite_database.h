#ifndef SESSIONBROKER_SERVICE_STORAGE_SQLITE_DATABASE_H_
#define SESSIONBROKER_SERVICE_STORAGE_SQLITE_DATABASE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "service/storage/sqlite.h"
#include "service/storage/store.h"

namespace sessionbroker::storage {

// What a commit outlasts.
enum class Durability {
  // The process and the machine: an fsync a transaction (synchronous=FULL).
  kMachine,
  // The process. When the machine goes, so may the last commits, the newest first
  // (synchronous=NORMAL).
  kProcess,
};

// What a file is for. One of one kind is never opened as another.
struct DatabaseKind {
  // PRAGMA application_id: four letters in ASCII.
  uint32_t mark;
  Durability durability;
  // What follows from starting without the file, for operators.
  const char* without_it;
};

// "SBds".
inline constexpr DatabaseKind kDurableState = {
    .mark = 0x53426473,
    .durability = Durability::kMachine,
    .without_it =
        "nonces that do not follow the clock have to be raised by hand (brokerctl nonce "
        "raise), and accounts whose credentials were refused are tried once more"};
// "SBss".
inline constexpr DatabaseKind kSessionState = {.mark = 0x53427373,
                                               .durability = Durability::kProcess,
                                               .without_it = "all accounts log in again"};

// SQL that leads from each layout of a file to the next; the first makes layout 1 of an empty
// database. PRAGMA user_version is the layout. What was released is never changed, only added to.
using LayoutSteps = absl::Span<const char* const>;
LayoutSteps AllLayoutSteps();

// The contents of a store in a SQLite file in WAL mode, one call after another on the calling
// thread. Every row carries a checksum over key, revision and value, since SQLite finds damage to
// its structure only. Thread-compatible.
class SqliteDatabase {
 public:
  // Opens `file`, or makes it, whole or not at all, where neither it nor its write-ahead log is
  // there. A file of an earlier layout is brought to the last one of `steps`, each step in one
  // transaction. Reads all of it once and writes once, so that what is wrong shows now. Never
  // changes a file that is not of this kind. Errors as those of SqliteConnection, and
  //   FAILED_PRECONDITION  not a file, empty, another program's, of another kind, or written by a
  //                        later version
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(const std::string& file,
                                                              const DatabaseKind& kind,
                                                              LayoutSteps steps = AllLayoutSteps());

  // Several calls as one transaction, which is durable after End. A read that fails leaves the
  // transaction as it is; after any other failure only Abandon is allowed.
  absl::Status Begin();
  absl::Status End();
  void Abandon();

  absl::StatusOr<std::optional<Entry>> Get(const std::string& key);
  absl::StatusOr<std::vector<Entry>> List(const Range& range);
  // `transaction` has passed CheckTransaction. Within Begin and End.
  absl::StatusOr<CommitResult> Apply(const Transaction& transaction);

 private:
  SqliteDatabase(std::unique_ptr<SqliteConnection> connection, SqliteStatement get,
                 SqliteStatement list, SqliteStatement put, SqliteStatement remove,
                 SqliteStatement take_revision);

  absl::Status CheckRows();
  absl::StatusOr<Entry> EntryOf(const SqliteStatement& row) const;
  absl::StatusOr<bool> Hold(const std::vector<Condition>& conditions);
  absl::StatusOr<int64_t> TakeRevision();

  // The connection goes last.
  const std::unique_ptr<SqliteConnection> connection_;
  SqliteStatement get_;
  SqliteStatement list_;
  SqliteStatement put_;
  SqliteStatement remove_;
  SqliteStatement take_revision_;
};

}  // namespace sessionbroker::storage

#endif  // SESSIONBROKER_SERVICE_STORAGE_SQLITE_DATABASE_H_
