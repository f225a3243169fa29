#ifndef SESSIONBROKER_SERVICE_STORAGE_SQLITE_H_
#define SESSIONBROKER_SERVICE_STORAGE_SQLITE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

// The one place that calls SQLite. Its calls block: they belong on a thread that may. Errors name
// the file, what failed and what an operator can do about it:
//   DATA_LOSS            the file is damaged, or no SQLite database
//   RESOURCE_EXHAUSTED   the disk is full
//   PERMISSION_DENIED    it may not be opened or written to
//   UNAVAILABLE          any other failure of the file system; another process is at it
//   INTERNAL             SQLite was used wrongly
namespace sessionbroker::storage {

// A prepared statement. Thread-compatible; goes before its connection.
class SqliteStatement {
 public:
  // Parameters count from 1, columns from 0. `bytes` must stay until the statement was reset.
  void BindBytes(int parameter, absl::string_view bytes);
  void BindInteger(int parameter, int64_t value);

  // To the next row; false: there is none. Begins anew after Reset.
  absl::StatusOr<bool> Step();

  // Of the row that Step has found.
  std::string Bytes(int column) const;
  int64_t Integer(int column) const;

  // Ends the run and forgets what was bound.
  void Reset();

 private:
  friend class SqliteConnection;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  SqliteStatement(const class SqliteConnection* connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}

  const SqliteConnection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

// A database file.
struct SqliteFile {
  std::string path;
  // What follows from starting without it, for operators.
  const char* without_it = "";
};

// A database file that is open. Thread-compatible.
class SqliteConnection {
 public:
  // The file must be there; an empty one is an empty database. Never falls back to reading only:
  // that is PERMISSION_DENIED.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const SqliteFile& file);

  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Runs one or more statements and drops their rows.
  absl::Status Execute(const std::string& sql);

  absl::StatusOr<SqliteStatement> Prepare(absl::string_view sql);

  // The first column of the only row.
  absl::StatusOr<int64_t> QueryInteger(absl::string_view sql);
  absl::StatusOr<std::string> QueryText(absl::string_view sql);

  bool InTransaction() const;

  const SqliteFile& file() const { return file_; }

  // What the last call came to, which has failed with `code`.
  absl::Status Error(int code) const;

 private:
  explicit SqliteConnection(SqliteFile file) : file_(std::move(file)) {}

  const SqliteFile file_;
  sqlite3* db_ = nullptr;
};

// DATA_LOSS: `file` is damaged; `how` says in which way.
absl::Status Damaged(const SqliteFile& file, absl::string_view how);

}  // namespace sessionbroker::storage

#endif  // SESSIONBROKER_SERVICE_STORAGE_SQLITE_H_
