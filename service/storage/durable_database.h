#ifndef SESSIONBROKER_SERVICE_STORAGE_DURABLE_DATABASE_H_
#define SESSIONBROKER_SERVICE_STORAGE_DURABLE_DATABASE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/storage/sqlite.h"
#include "service/storage/store.h"

namespace sessionbroker::storage {

// What marks a file as the broker's durable state: "SBds" as PRAGMA application_id, and the layout
// as PRAGMA user_version.
inline constexpr int64_t kApplicationId = 0x53426473;
inline constexpr int64_t kSchemaVersion = 1;

// The contents of a store in a SQLite file, one call after another on the calling thread. WAL with
// synchronous=FULL: what was committed outlasts the process and the machine. Every row carries a
// checksum over key, revision and value, since SQLite finds damage to its structure only.
// Thread-compatible.
class DurableDatabase {
 public:
  // Opens `file`, or makes it, whole or not at all, where neither it nor its write-ahead log is
  // there. Reads all of it once and writes once, so that what is wrong shows now. Never changes a
  // file that is not its own. Errors as those of SqliteConnection, and
  //   FAILED_PRECONDITION  not a file, empty, another program's, or written by a later version
  static absl::StatusOr<std::unique_ptr<DurableDatabase>> Open(const std::string& file);

  // Several calls as one transaction, which is durable after End. A read that fails leaves the
  // transaction as it is; after any other failure only Abandon is allowed.
  absl::Status Begin();
  absl::Status End();
  void Abandon();

  absl::StatusOr<std::optional<Entry>> Get(const std::string& key);
  absl::StatusOr<std::vector<Entry>> List(const std::string& prefix);
  // `transaction` has passed CheckTransaction. Within Begin and End.
  absl::StatusOr<CommitResult> Apply(const Transaction& transaction);

 private:
  DurableDatabase(std::unique_ptr<SqliteConnection> connection, SqliteStatement get,
                  SqliteStatement list, SqliteStatement put, SqliteStatement remove,
                  SqliteStatement take_revision);

  static absl::Status Make(const std::string& file);
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

#endif  // SESSIONBROKER_SERVICE_STORAGE_DURABLE_DATABASE_H_
