// What a store does where its file, or what the file lies on, is not in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/event_loop.h"
#include "service/storage/sqlite_database.h"
#include "service/storage/sqlite_store.h"
#include "tests/storage/blocking_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::storage {
namespace {

using ::sessionbroker::testing::BlockingStore;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::sessionbroker::testing::TempDirectory;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

// As the library is called; see fdatasync below.
std::atomic<int> syncs = 0;

// Enough rows for several pages.
constexpr int kRows = 200;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

std::string KeyOf(int i) { return absl::StrCat("key/", i); }

void Put(SqliteDatabase& database, const std::string& key, const std::string& value) {
  ASSERT_THAT(database.Begin(), IsOk());
  ASSERT_THAT(database.Apply({.conditions = {}, .writes = {{key, value}}}), IsOk());
  ASSERT_THAT(database.End(), IsOk());
}

void Fill(const std::string& file) {
  SB_ASSERT_OK_AND_ASSIGN(const auto database, SqliteDatabase::Open(file, kDurableState));
  ASSERT_THAT(database->Begin(), IsOk());
  for (int i = 0; i < kRows; ++i) {
    ASSERT_THAT(database->Apply({.conditions = {}, .writes = {{KeyOf(i), std::string(100, 'v')}}}),
                IsOk());
  }
  ASSERT_THAT(database->End(), IsOk());
}

// Makes a database by hand.
void RunSql(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  sqlite3_close(db);
}

std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class DurableFaults : public ::testing::Test {
 protected:
  std::string File() const { return directory_.File("durable.db"); }

  TempDirectory directory_;
};

TEST_F(DurableFaults, NewFileIsItsOwnersOnlyAndMarkedAsOurs) {
  { SB_ASSERT_OK_AND_ASSIGN(const auto database, SqliteDatabase::Open(File(), kDurableState)); }
  struct stat info = {};
  ASSERT_EQ(stat(File().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_THAT(NamesIn(directory_.path()), ElementsAre("durable.db"));
  EXPECT_EQ(ReadFile(File()).substr(68, 4), "SBds");
}

TEST_F(DurableFaults, WhatWasCommittedIsThereWhenTheFileIsOpenedAgain) {
  Fill(File());
  SB_ASSERT_OK_AND_ASSIGN(const auto database, SqliteDatabase::Open(File(), kDurableState));
  EXPECT_EQ(database->List({"key/"})->size(), static_cast<std::size_t>(kRows));
  const int64_t last = (*database->Get(KeyOf(kRows - 1)))->revision;
  Put(*database, "later", "1");
  EXPECT_GT((*database->Get("later"))->revision, last);
}

TEST_F(DurableFaults, DraftThatAKillHasLeftIsOverwritten) {
  directory_.Write("durable.db.new", "half");
  directory_.Write("durable.db.new-wal", "half");
  { SB_ASSERT_OK_AND_ASSIGN(const auto database, SqliteDatabase::Open(File(), kDurableState)); }
  EXPECT_THAT(NamesIn(directory_.path()), ElementsAre("durable.db"));
}

TEST_F(DurableFaults, FileThatIsNotInOrderIsRefusedAndNotTouched) {
  const struct {
    const char* what;
    void (*spoil)(const std::string& file);
    absl::StatusCode code;
    const char* complaint;
  } kCases[] = {
      {"random bytes", [](const std::string& file) { WriteFile(file, std::string(8192, '\x5a')); },
       absl::StatusCode::kDataLoss, "does not begin as a SQLite database does"},
      {"random bytes behind the header",
       [](const std::string& file) {
         Fill(file);
         std::string bytes = ReadFile(file);
         std::mt19937 random(7);
         for (std::size_t i = 100; i < bytes.size(); ++i) bytes[i] = static_cast<char>(random());
         WriteFile(file, bytes);
       },
       absl::StatusCode::kDataLoss, "damaged"},
      {"one bit of a value",
       [](const std::string& file) {
         Fill(file);
         std::string bytes = ReadFile(file);
         bytes[bytes.rfind("vvvv")] ^= 1;
         WriteFile(file, bytes);
       },
       absl::StatusCode::kDataLoss, "a row does not have its checksum"},
      {"cut within a page",
       [](const std::string& file) {
         Fill(file);
         std::filesystem::resize_file(file, std::filesystem::file_size(file) - 5000);
       },
       absl::StatusCode::kDataLoss, "damaged"},
      {"cut to half",
       [](const std::string& file) {
         Fill(file);
         std::filesystem::resize_file(file, std::filesystem::file_size(file) / 8192 * 4096);
       },
       absl::StatusCode::kDataLoss, "damaged"},
      {"cut within the header",
       [](const std::string& file) {
         Fill(file);
         std::filesystem::resize_file(file, 50);
       },
       absl::StatusCode::kDataLoss, "does not begin as a SQLite database does"},
      {"empty", [](const std::string& file) { WriteFile(file, ""); },
       absl::StatusCode::kFailedPrecondition, "empty, as the broker never leaves it"},
      {"another program's",
       [](const std::string& file) {
         RunSql(file, "CREATE TABLE theirs (x); PRAGMA user_version=1");
       },
       absl::StatusCode::kFailedPrecondition, "a database of another program"},
      {"a later version's",
       [](const std::string& file) {
         Fill(file);
         RunSql(file, "PRAGMA user_version=2");
       },
       absl::StatusCode::kFailedPrecondition,
       "written by a later version (layout 2, this one knows 1); run that version or a later one"},
      {"without its tables",
       [](const std::string& file) {
         Fill(file);
         RunSql(file, "DROP TABLE entry");
       },
       absl::StatusCode::kInternal, "no such table: entry"},
      {"without its last revision",
       [](const std::string& file) {
         Fill(file);
         RunSql(file, "DELETE FROM last_revision");
       },
       absl::StatusCode::kDataLoss, "it has lost its last revision"},
      {"a directory", [](const std::string& file) { std::filesystem::create_directory(file); },
       absl::StatusCode::kFailedPrecondition, "not a regular file"},
      {"a link",
       [](const std::string& file) { std::filesystem::create_symlink("elsewhere", file); },
       absl::StatusCode::kFailedPrecondition, "not a regular file"},
      {"gone, with its log left", [](const std::string& file) { WriteFile(file + "-wal", "x"); },
       absl::StatusCode::kFailedPrecondition, "missing, but its write-ahead log"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.what);
    TempDirectory directory;
    const std::string file = directory.File("durable.db");
    c.spoil(file);
    const std::string before =
        std::filesystem::is_regular_file(file) ? ReadFile(file) : std::string();
    const auto names = NamesIn(directory.path());
    EXPECT_THAT(SqliteDatabase::Open(file, kDurableState),
                StatusIs(c.code, AllOf(HasSubstr(file), HasSubstr(c.complaint))));
    EXPECT_EQ(std::filesystem::is_regular_file(file) ? ReadFile(file) : std::string(), before);
    EXPECT_EQ(NamesIn(directory.path()), names);
  }
}

// Acts as a user without privileges for the scope's life; root may write anywhere.
class UnprivilegedScope {
 public:
  UnprivilegedScope() {
    if (was_root_) {
      EXPECT_EQ(seteuid(65534), 0);
    }
  }
  ~UnprivilegedScope() {
    if (was_root_) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }

 private:
  const bool was_root_ = geteuid() == 0;
};

TEST(DurableRights, FileOrDirectoryThatMayNotBeWrittenIsRefused) {
  const UnprivilegedScope unprivileged;
  TempDirectory directory;
  const std::string file = directory.File("durable.db");
  Fill(file);
  ASSERT_EQ(chmod(file.c_str(), 0400), 0);
  EXPECT_THAT(SqliteDatabase::Open(file, kDurableState),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr(file), HasSubstr("give the user who runs this process"))));
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  ASSERT_EQ(chmod(directory.path().c_str(), 0500), 0);
  EXPECT_THAT(SqliteDatabase::Open(file, kDurableState),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr(file), HasSubstr("give the user who runs this process"))));
  EXPECT_THAT(SqliteDatabase::Open(directory.File("other.db"), kDurableState),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("other.db")));
}

// Files of this process may not grow beyond `bytes` for the scope's life, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : before_handler_(signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FullDisk() {
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0);
    signal(SIGXFSZ, before_handler_);
  }

 private:
  rlimit before_ = {};
  void (*before_handler_)(int);
};

TEST_F(DurableFaults, FullDiskLeavesNoNewFile) {
  {
    const FullDisk full(4096);
    EXPECT_THAT(SqliteDatabase::Open(File(), kDurableState),
                StatusIs(absl::StatusCode::kResourceExhausted,
                         AllOf(HasSubstr(File()), HasSubstr("free space"))));
  }
  EXPECT_THAT(NamesIn(directory_.path()), ElementsAre());
  EXPECT_THAT(SqliteDatabase::Open(File(), kDurableState), IsOk());
}

TEST_F(DurableFaults, FullDiskIsFoundAtTheStart) {
  Fill(File());
  const FullDisk full(4096);
  EXPECT_THAT(SqliteDatabase::Open(File(), kDurableState),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr(File()), HasSubstr("free space"))));
}

TEST_F(DurableFaults, CommitOnAFullDiskFailsAndWorksAgainOnceThereIsSpace) {
  SB_ASSERT_OK_AND_ASSIGN(const auto loop, base::EventLoop::Create());
  ASSERT_THAT(loop->Start(), IsOk());
  std::vector<absl::Status> failures;
  SB_ASSERT_OK_AND_ASSIGN(const auto sqlite, SqliteStore::Open(File(), kDurableState, loop.get(),
                                                               [&](const absl::Status& status) {
                                                                 failures.push_back(status);
                                                               }));
  BlockingStore store(sqlite.get());
  ASSERT_THAT(store.Commit({.conditions = {}, .writes = {{"a", "1"}}}), IsOk());
  const std::string big(100000, 'x');
  {
    const FullDisk full(50000);
    const auto result = store.Commit({.conditions = {}, .writes = {{"a", big}}});
    EXPECT_THAT(result, HasReason(base::Reason::kStoreUnavailable));
    EXPECT_THAT(std::string(result.status().message()),
                AllOf(HasSubstr("its disk is full"), Not(HasSubstr(directory_.path()))));
    EXPECT_EQ((*store.Get("a"))->value, "1");
  }
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_THAT(failures[0], StatusIs(absl::StatusCode::kResourceExhausted,
                                    AllOf(HasSubstr(File()), HasSubstr("free space"))));
  EXPECT_THAT(store.Commit({.conditions = {}, .writes = {{"a", big}}}), IsOk());
  EXPECT_EQ((*store.Get("a"))->value, big);
  loop->Stop();
}

TEST_F(DurableFaults, CommitOutlastsAKillRightAfterIt) {
  int done[2];
  ASSERT_EQ(pipe(done), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto database = SqliteDatabase::Open(File(), kDurableState);
    if (database.ok() && (*database)->Begin().ok() &&
        (*database)->Apply({.conditions = {}, .writes = {{"a", "1"}}}).ok() &&
        (*database)->End().ok() && (*database)->Begin().ok() &&
        (*database)->Apply({.conditions = {}, .writes = {{"a", "2"}}}).ok() &&
        write(done[1], "x", 1) == 1) {
      pause();
    }
    _exit(1);
  }
  char byte = 0;
  close(done[1]);
  ASSERT_EQ(read(done[0], &byte, 1), 1);
  close(done[0]);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  SB_ASSERT_OK_AND_ASSIGN(const auto database, SqliteDatabase::Open(File(), kDurableState));
  EXPECT_EQ((*database->Get("a"))->value, "1");
}

TEST_F(DurableFaults, OnlyWhatMustOutlastTheMachineWaitsForTheDiskAtEachCommit) {
  const struct {
    DatabaseKind kind;
    int syncs;
  } kCases[] = {{kDurableState, 10}, {kSessionState, 0}};
  for (const auto& c : kCases) {
    TempDirectory directory;
    SB_ASSERT_OK_AND_ASSIGN(const auto database,
                            SqliteDatabase::Open(directory.File("a.db"), c.kind));
    const int before = syncs;
    for (int i = 0; i < 10; ++i) Put(*database, KeyOf(i), "v");
    EXPECT_EQ(syncs - before, c.syncs) << c.kind.without_it;
  }
}

TEST_F(DurableFaults, FileOfOneKindIsNotOpenedAsTheOther) {
  const DatabaseKind kKinds[] = {kDurableState, kSessionState};
  for (const bool swapped : {false, true}) {
    TempDirectory directory;
    const std::string file = directory.File("a.db");
    {
      SB_ASSERT_OK_AND_ASSIGN(const auto database, SqliteDatabase::Open(file, kKinds[swapped]));
      Put(*database, "a", "1");
    }
    const std::string before = ReadFile(file);
    EXPECT_THAT(SqliteDatabase::Open(file, kKinds[!swapped]),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         AllOf(HasSubstr(file), HasSubstr("put each back in its place"))));
    EXPECT_EQ(ReadFile(file), before);
    EXPECT_THAT(SqliteDatabase::Open(file, kKinds[swapped]), IsOk());
  }
}

TEST_F(DurableFaults, DamageIsToldWithWhatIsLostWithTheFile) {
  WriteFile(File(), std::string(200, 'x'));
  EXPECT_THAT(SqliteDatabase::Open(File(), kDurableState),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("brokerctl nonce raise")));
  EXPECT_THAT(SqliteDatabase::Open(File(), kSessionState),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("all accounts log in again")));
}

// The layouts of a future in which there are three.
class DurableLayouts : public DurableFaults {
 protected:
  DurableLayouts() {
    const LayoutSteps released = AllLayoutSteps();
    steps_.assign(released.begin(), released.end());
    steps_.push_back("CREATE TABLE second (x INTEGER) STRICT; INSERT INTO second VALUES (2)");
    steps_.push_back("CREATE TABLE third AS SELECT x + 1 AS x FROM second; DROP TABLE second");
  }

  int64_t Ask(const std::string& sql) {
    auto connection = SqliteConnection::Open({File()});
    EXPECT_THAT(connection, IsOk());
    return (*connection)->QueryInteger(sql).value_or(-1);
  }

  std::vector<const char*> steps_;
};

TEST_F(DurableLayouts, FileOfAnEarlierLayoutIsBroughtToTheLastWithAllThatIsInIt) {
  Fill(File());
  {
    SB_ASSERT_OK_AND_ASSIGN(const auto database,
                            SqliteDatabase::Open(File(), kDurableState, steps_));
    EXPECT_EQ(database->List({"key/"})->size(), static_cast<std::size_t>(kRows));
    Put(*database, "later", "1");
  }
  EXPECT_EQ(Ask("PRAGMA user_version"), static_cast<int64_t>(steps_.size()));
  EXPECT_EQ(Ask("SELECT x FROM third"), 3);
  // Once: the second time there is nothing to do.
  SB_ASSERT_OK_AND_ASSIGN(const auto database, SqliteDatabase::Open(File(), kDurableState, steps_));
  EXPECT_EQ((*database->Get("later"))->value, "1");
}

TEST_F(DurableLayouts, NewFileHasTheLastLayout) {
  { ASSERT_THAT(SqliteDatabase::Open(File(), kSessionState, steps_), IsOk()); }
  EXPECT_EQ(Ask("PRAGMA user_version"), static_cast<int64_t>(steps_.size()));
  EXPECT_EQ(Ask("SELECT x FROM third"), 3);
}

TEST_F(DurableLayouts, StepThatFailsHalfwayLeavesTheLayoutBeforeItAndAllThatIsInIt) {
  Fill(File());
  const std::size_t released = steps_.size() - 2;
  steps_.back() = "DROP TABLE second; DELETE FROM entry; INSERT INTO nowhere VALUES (1)";
  EXPECT_THAT(SqliteDatabase::Open(File(), kDurableState, steps_),
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(HasSubstr(File()), HasSubstr("no such table: nowhere"),
                             HasSubstr(absl::StrCat("it still has layout ", released + 1)))));
  EXPECT_EQ(Ask("PRAGMA user_version"), static_cast<int64_t>(released + 1));
  EXPECT_EQ(Ask("SELECT x FROM second"), 2);
  steps_.pop_back();
  SB_ASSERT_OK_AND_ASSIGN(const auto database, SqliteDatabase::Open(File(), kDurableState, steps_));
  EXPECT_EQ(database->List({"key/"})->size(), static_cast<std::size_t>(kRows));
}

TEST_F(DurableLayouts, FileOfALaterLayoutIsRefusedByWhatKnowsFewer) {
  { ASSERT_THAT(SqliteDatabase::Open(File(), kDurableState, steps_), IsOk()); }
  const std::string before = ReadFile(File());
  EXPECT_THAT(SqliteDatabase::Open(File(), kDurableState),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a later version")));
  EXPECT_EQ(ReadFile(File()), before);
}

}  // namespace
}  // namespace sessionbroker::storage

// The library's calls end here: the linker takes a program's own function before libc's.
extern "C" int fdatasync(int fd) {
  ++sessionbroker::storage::syncs;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}
extern "C" int fsync(int fd) {
  ++sessionbroker::storage::syncs;
  return static_cast<int>(syscall(SYS_fsync, fd));
}
