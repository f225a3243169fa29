#include "service/storage/sqlite_database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/file_descriptor.h"
#include "service/base/status_macros.h"

namespace sessionbroker::storage {
namespace {

// The header of https://www.sqlite.org/fileformat2.html#the_database_header
constexpr char kMagic[] = "SQLite format 3";  // Its NUL belongs to it.
constexpr std::size_t kHeaderBytes = 100;
constexpr std::size_t kApplicationIdOffset = 68;

constexpr char kFirstLayout[] = R"sql(
  CREATE TABLE entry (
    key BLOB PRIMARY KEY NOT NULL,
    value BLOB NOT NULL,
    revision INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE last_revision (revision INTEGER NOT NULL) STRICT;
  INSERT INTO last_revision VALUES (0);
)sql";
constexpr const char* kLayoutSteps[] = {kFirstLayout};

// As SQLite writes it.
constexpr int64_t kNoLimit = -1;

std::string SettingsFor(Durability durability) {
  return absl::StrCat("PRAGMA journal_mode=WAL; PRAGMA synchronous=",
                      durability == Durability::kMachine ? "FULL" : "NORMAL",
                      "; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;");
}

// FNV-1a, 64 bits: against accidents, not against people.
int64_t ChecksumOf(absl::string_view key, int64_t revision, absl::string_view value) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](absl::string_view bytes) {
    for (const char c : bytes) {
      hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    }
  };
  add(key);
  add(absl::StrCat("|", revision, "|"));
  add(value);
  return static_cast<int64_t>(hash);
}

// The smallest text that is greater than all that begin with `prefix`; empty: there is none.
std::string EndOf(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

absl::Status Refused(const std::string& file, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat("\"", file, "\": ", why));
}

absl::Status FileError(const std::string& file, absl::string_view doing, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat("\"", file, "\": cannot ", doing));
}

enum class Presence { kAbsent, kFile };

absl::StatusOr<Presence> Look(const std::string& file) {
  struct stat info = {};
  if (lstat(file.c_str(), &info) != 0) {
    if (errno == ENOENT) return Presence::kAbsent;
    return FileError(file, "look at it", errno);
  }
  if (!S_ISREG(info.st_mode)) return Refused(file, "not a regular file; move it away");
  return Presence::kFile;
}

// Looks at the header without SQLite, which would bring a foreign write-ahead log into its file.
absl::Status CheckHeader(const SqliteFile& sqlite_file, const DatabaseKind& kind) {
  const std::string& file = sqlite_file.path;
  const base::FileDescriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return FileError(file, "open it", errno);
  char header[kHeaderBytes] = {};
  const ssize_t size = pread(fd.get(), header, sizeof(header), 0);
  if (size < 0) return FileError(file, "read it", errno);
  if (size == 0) {
    return Refused(file,
                   "empty, as the broker never leaves it: put a good copy in its place, or remove "
                   "it if nothing is lost with it");
  }
  if (size < static_cast<ssize_t>(sizeof(header)) ||
      std::memcmp(header, kMagic, sizeof(kMagic)) != 0) {
    return Damaged(sqlite_file, "it does not begin as a SQLite database does");
  }
  uint32_t mark = 0;
  for (std::size_t i = 0; i < sizeof(mark); ++i) {
    mark = mark << 8 | static_cast<uint8_t>(header[kApplicationIdOffset + i]);
  }
  for (const DatabaseKind& other : {kDurableState, kSessionState}) {
    if (mark != kind.mark && mark == other.mark) {
      return Refused(file,
                     "one of the broker's own files under the name of another; put each back in "
                     "its place");
    }
  }
  if (mark != kind.mark) {
    return Refused(file,
                   "a database of another program; name another state directory, or move the file "
                   "away");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> LayoutOf(SqliteConnection& connection, LayoutSteps steps) {
  SB_ASSIGN_OR_RETURN(const int64_t layout, connection.QueryInteger("PRAGMA user_version"));
  if (layout < 1) return Damaged(connection.file(), absl::StrCat("its layout is ", layout));
  const auto known = static_cast<std::size_t>(layout);
  if (known <= steps.size()) return known;
  return Refused(connection.file().path,
                 absl::StrCat("written by a later version (layout ", layout, ", this one knows ",
                              steps.size(), "); run that version or a later one"));
}

// From layout `from` to the last one.
absl::Status Migrate(SqliteConnection& connection, std::size_t from, LayoutSteps steps) {
  for (std::size_t layout = from; layout < steps.size(); ++layout) {
    const absl::Status moved = connection.Execute(absl::StrCat(
        "BEGIN IMMEDIATE;", steps[layout], ";PRAGMA user_version=", layout + 1, ";COMMIT;"));
    if (moved.ok()) continue;
    if (connection.InTransaction()) connection.Execute("ROLLBACK").IgnoreError();
    return absl::Status(moved.code(),
                        absl::StrCat(moved.message(), "; it still has layout ", layout,
                                     ", which could not be made layout ", layout + 1));
  }
  return absl::OkStatus();
}

absl::Status CheckStructure(SqliteConnection& connection) {
  SB_ASSIGN_OR_RETURN(const std::string found, connection.QueryText("PRAGMA quick_check(1)"));
  return found == "ok" ? absl::OkStatus() : Damaged(connection.file(), found);
}

absl::Status SyncDirectoryOf(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  const base::FileDescriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) return FileError(directory, "make it durable", errno);
  return absl::OkStatus();
}

// Made beside its place and moved there once it is whole: a file that stands there is never one
// that a kill has left half made.
absl::Status Make(const SqliteFile& sqlite_file, const DatabaseKind& kind, LayoutSteps steps) {
  const std::string& file = sqlite_file.path;
  const std::string draft = absl::StrCat(file, ".new");
  const auto remove_draft = [&draft] {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      unlink(absl::StrCat(draft, suffix).c_str());
    }
  };
  remove_draft();
  auto cleanup = absl::MakeCleanup(remove_draft);
  {
    // SQLite does not say why it cannot make a file.
    const base::FileDescriptor fd(
        open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd.valid()) return FileError(file, "make it", errno);
  }
  {
    SB_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> connection,
                        SqliteConnection::Open({draft, sqlite_file.without_it}));
    SB_RETURN_IF_ERROR(connection->Execute(SettingsFor(kind.durability)));
    SB_RETURN_IF_ERROR(connection->Execute(absl::StrCat(
        "BEGIN IMMEDIATE; PRAGMA application_id=", kind.mark, ";", absl::StrJoin(steps, ";"),
        ";PRAGMA user_version=", steps.size(), ";COMMIT;")));
    SB_RETURN_IF_ERROR(connection->Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  if (rename(draft.c_str(), file.c_str()) != 0) return FileError(file, "make it", errno);
  return SyncDirectoryOf(file);
}

}  // namespace

LayoutSteps AllLayoutSteps() { return kLayoutSteps; }

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& file,
                                                                     const DatabaseKind& kind,
                                                                     LayoutSteps steps) {
  const SqliteFile sqlite_file = {.path = file, .without_it = kind.without_it};
  SB_ASSIGN_OR_RETURN(const Presence presence, Look(file));
  if (presence == Presence::kAbsent) {
    const std::string log = absl::StrCat(file, "-wal");
    SB_ASSIGN_OR_RETURN(const Presence log_presence, Look(log));
    if (log_presence == Presence::kFile) {
      return Refused(file, absl::StrCat("missing, but its write-ahead log \"", log,
                                        "\" is there: put both back, or remove the log if nothing "
                                        "is lost with it"));
    }
    SB_RETURN_IF_ERROR(Make(sqlite_file, kind, steps));
  }
  SB_RETURN_IF_ERROR(CheckHeader(sqlite_file, kind));
  SB_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> connection,
                      SqliteConnection::Open(sqlite_file));
  SB_RETURN_IF_ERROR(connection->Execute(SettingsFor(kind.durability)));
  SB_ASSIGN_OR_RETURN(const std::size_t layout, LayoutOf(*connection, steps));
  SB_RETURN_IF_ERROR(CheckStructure(*connection));
  SB_RETURN_IF_ERROR(Migrate(*connection, layout, steps));
  SB_ASSIGN_OR_RETURN(
      SqliteStatement get,
      connection->Prepare("SELECT key, value, revision, checksum FROM entry WHERE key = ?1"));
  SB_ASSIGN_OR_RETURN(SqliteStatement list,
                      connection->Prepare("SELECT key, value, revision, checksum FROM entry WHERE "
                                          "key >= ?1 AND (?2 OR key < ?3) ORDER BY key LIMIT ?4"));
  SB_ASSIGN_OR_RETURN(SqliteStatement put,
                      connection->Prepare("INSERT INTO entry (key, value, revision, checksum) "
                                          "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE "
                                          "SET value = ?2, revision = ?3, checksum = ?4"));
  SB_ASSIGN_OR_RETURN(SqliteStatement remove,
                      connection->Prepare("DELETE FROM entry WHERE key = ?1"));
  SB_ASSIGN_OR_RETURN(
      SqliteStatement take_revision,
      connection->Prepare("UPDATE last_revision SET revision = revision + 1 RETURNING revision"));
  auto database = std::unique_ptr<SqliteDatabase>(
      new SqliteDatabase(std::move(connection), std::move(get), std::move(list), std::move(put),
                         std::move(remove), std::move(take_revision)));
  SB_RETURN_IF_ERROR(database->CheckRows());
  // One write: a disk that is full is found before a caller needs it.
  SB_RETURN_IF_ERROR(database->Begin());
  SB_RETURN_IF_ERROR(database->TakeRevision().status());
  SB_RETURN_IF_ERROR(database->End());
  return database;
}

SqliteDatabase::SqliteDatabase(std::unique_ptr<SqliteConnection> connection, SqliteStatement get,
                               SqliteStatement list, SqliteStatement put, SqliteStatement remove,
                               SqliteStatement take_revision)
    : connection_(std::move(connection)),
      get_(std::move(get)),
      list_(std::move(list)),
      put_(std::move(put)),
      remove_(std::move(remove)),
      take_revision_(std::move(take_revision)) {}

// One by one: there may be more of them than memory should hold at once.
absl::Status SqliteDatabase::CheckRows() {
  const auto reset = absl::MakeCleanup([this] { list_.Reset(); });
  list_.BindBytes(1, "");
  list_.BindInteger(2, 1);
  list_.BindBytes(3, "");
  list_.BindInteger(4, kNoLimit);
  while (true) {
    SB_ASSIGN_OR_RETURN(const bool found, list_.Step());
    if (!found) return absl::OkStatus();
    SB_RETURN_IF_ERROR(EntryOf(list_).status());
  }
}

absl::Status SqliteDatabase::Begin() { return connection_->Execute("BEGIN IMMEDIATE"); }

absl::Status SqliteDatabase::End() { return connection_->Execute("COMMIT"); }

void SqliteDatabase::Abandon() {
  // SQLite may have rolled back by itself.
  if (connection_->InTransaction()) connection_->Execute("ROLLBACK").IgnoreError();
}

absl::StatusOr<Entry> SqliteDatabase::EntryOf(const SqliteStatement& row) const {
  Entry entry = {.key = row.Bytes(0), .value = row.Bytes(1), .revision = row.Integer(2)};
  if (ChecksumOf(entry.key, entry.revision, entry.value) != row.Integer(3)) {
    return Damaged(connection_->file(), "a row does not have its checksum");
  }
  return entry;
}

absl::StatusOr<std::optional<Entry>> SqliteDatabase::Get(const std::string& key) {
  const auto reset = absl::MakeCleanup([this] { get_.Reset(); });
  get_.BindBytes(1, key);
  SB_ASSIGN_OR_RETURN(const bool found, get_.Step());
  if (!found) return std::nullopt;
  SB_ASSIGN_OR_RETURN(Entry entry, EntryOf(get_));
  return entry;
}

absl::StatusOr<std::vector<Entry>> SqliteDatabase::List(const Range& range) {
  const auto reset = absl::MakeCleanup([this] { list_.Reset(); });
  // One lower bound: of two SQLite would seek by the first and read its way to the other.
  const std::string next = range.after.empty() ? "" : range.after + '\0';
  const std::string end = EndOf(range.prefix);
  list_.BindBytes(1, std::max(range.prefix, next));
  list_.BindInteger(2, end.empty() ? 1 : 0);
  list_.BindBytes(3, end);
  list_.BindInteger(4, range.limit.has_value() ? static_cast<int64_t>(*range.limit) : kNoLimit);
  std::vector<Entry> entries;
  while (true) {
    SB_ASSIGN_OR_RETURN(const bool found, list_.Step());
    if (!found) return entries;
    SB_ASSIGN_OR_RETURN(Entry entry, EntryOf(list_));
    entries.push_back(std::move(entry));
  }
}

absl::StatusOr<CommitResult> SqliteDatabase::Apply(const Transaction& transaction) {
  SB_ASSIGN_OR_RETURN(const bool hold, Hold(transaction.conditions));
  if (!hold) return CommitResult{.committed = false, .revision = 0};
  SB_ASSIGN_OR_RETURN(const int64_t revision, TakeRevision());
  for (const Write& write : transaction.writes) {
    SqliteStatement& statement = write.value.has_value() ? put_ : remove_;
    const auto reset = absl::MakeCleanup([&statement] { statement.Reset(); });
    statement.BindBytes(1, write.key);
    if (write.value.has_value()) {
      statement.BindBytes(2, *write.value);
      statement.BindInteger(3, revision);
      statement.BindInteger(4, ChecksumOf(write.key, revision, *write.value));
    }
    SB_RETURN_IF_ERROR(statement.Step().status());
  }
  return CommitResult{.committed = true, .revision = revision};
}

absl::StatusOr<bool> SqliteDatabase::Hold(const std::vector<Condition>& conditions) {
  for (const Condition& condition : conditions) {
    SB_ASSIGN_OR_RETURN(const std::optional<Entry> entry, Get(condition.key));
    if ((entry.has_value() ? entry->revision : 0) != condition.revision) return false;
  }
  return true;
}

absl::StatusOr<int64_t> SqliteDatabase::TakeRevision() {
  const auto reset = absl::MakeCleanup([this] { take_revision_.Reset(); });
  SB_ASSIGN_OR_RETURN(const bool found, take_revision_.Step());
  if (!found) return Damaged(connection_->file(), "it has lost its last revision");
  const int64_t revision = take_revision_.Integer(0);
  // To its end, which takes the write into effect.
  SB_RETURN_IF_ERROR(take_revision_.Step().status());
  return revision;
}

}  // namespace sessionbroker::storage
