#include "service/storage/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"

namespace sessionbroker::storage {
namespace {

// Nobody else should be at the file; an operator's look at it is over soon.
constexpr int kBusyTimeoutMs = 1000;

std::string NamedFile(const std::string& file) { return absl::StrCat("\"", file, "\""); }

}  // namespace

absl::Status Damaged(const SqliteFile& file, absl::string_view how) {
  return absl::DataLossError(
      absl::StrCat(NamedFile(file.path), ": damaged: ", how,
                   "; nothing was reset: put a good copy in its place or, where there is none, "
                   "move it away with the -wal and -shm files beside it; the broker then starts "
                   "without it, and ",
                   file.without_it));
}

void SqliteStatement::Finalizer::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void SqliteStatement::BindBytes(int parameter, absl::string_view bytes) {
  // A null pointer would bind NULL.
  const char* const data = bytes.data() == nullptr ? "" : bytes.data();
  sqlite3_bind_blob64(statement_.get(), parameter, data, bytes.size(), SQLITE_STATIC);
}

void SqliteStatement::BindInteger(int parameter, int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
}

absl::StatusOr<bool> SqliteStatement::Step() {
  errno = 0;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->Error(code);
}

std::string SqliteStatement::Bytes(int column) const {
  const void* const data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return std::string();
  return std::string(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

int64_t SqliteStatement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const SqliteFile& file) {
  auto connection = std::unique_ptr<SqliteConnection>(new SqliteConnection(file));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  errno = 0;
  const int code = sqlite3_open_v2(file.path.c_str(), &connection->db_, flags, nullptr);
  if (code != SQLITE_OK) return connection->Error(code);
  if (sqlite3_db_readonly(connection->db_, "main") == 1) return connection->Error(SQLITE_READONLY);
  sqlite3_busy_timeout(connection->db_, kBusyTimeoutMs);
  return connection;
}

SqliteConnection::~SqliteConnection() { sqlite3_close_v2(db_); }

absl::Status SqliteConnection::Execute(const std::string& sql) {
  errno = 0;
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code);
}

absl::StatusOr<SqliteStatement> SqliteConnection::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Error(code);
  return SqliteStatement(this, statement);
}

absl::StatusOr<int64_t> SqliteConnection::QueryInteger(absl::string_view sql) {
  SB_ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  SB_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.Integer(0) : 0;
}

absl::StatusOr<std::string> SqliteConnection::QueryText(absl::string_view sql) {
  SB_ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  SB_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.Bytes(0) : std::string();
}

bool SqliteConnection::InTransaction() const { return sqlite3_get_autocommit(db_) == 0; }

absl::Status SqliteConnection::Error(int code) const {
  // SQLite does not keep it for every call; each of ours sets it to 0 before.
  int system = errno;
  if (const int kept = db_ == nullptr ? 0 : sqlite3_system_errno(db_); kept != 0) system = kept;
  std::string why = sqlite3_errstr(code);
  if (system != 0) absl::StrAppend(&why, " (", std::strerror(system), ")");
  const std::string name = NamedFile(file_.path);
  const bool no_room = system == ENOSPC || system == EDQUOT || system == EFBIG;
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Damaged(file_, sqlite3_errstr(code));
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(
          absl::StrCat(name, ": cannot be written: ", why, "; free space on its file system"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::PermissionDeniedError(
          absl::StrCat(name, ": may not be written: ", why,
                       "; give the user who runs this process write access to the file and its "
                       "directory"));
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      if (no_room) {
        return absl::ResourceExhaustedError(
            absl::StrCat(name, ": cannot be written: ", why, "; free space on its file system"));
      }
      if (system == EACCES || system == EPERM || system == EROFS) {
        return absl::PermissionDeniedError(
            absl::StrCat(name, ": may not be opened for writing: ", why,
                         "; give the user who runs this process write access to the file and its "
                         "directory"));
      }
      return absl::UnavailableError(
          absl::StrCat(name, ": cannot be read or written: ", why, "; look at its file system"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(absl::StrCat(name, ": another process is using it: ", why,
                                                 "; end what holds the database open"));
    default:
      return absl::InternalError(
          absl::StrCat(name, ": ", db_ == nullptr ? why : sqlite3_errmsg(db_)));
  }
}

}  // namespace sessionbroker::storage
