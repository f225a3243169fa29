#include "service/access/audit_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/testing/child_process.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::access {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::ReadFile;
using testing::StatusIs;

class AuditFileTest : public ::testing::Test {
 protected:
  std::string path() const { return directory_.File("audit.jsonl"); }

  testing::TempDirectory directory_;
};

// While it lives, this process's files grow no further than `bytes`, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) std::abort();
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_ = {};
};

TEST_F(AuditFileTest, IsMadeForItsOwnerAndGrows) {
  {
    SB_ASSERT_OK_AND_ASSIGN(const auto file, AuditFile::Open(path()));
    EXPECT_THAT(file->Write("one\n"), IsOk());
  }
  SB_ASSERT_OK_AND_ASSIGN(const auto file, AuditFile::Open(path()));
  EXPECT_THAT(file->Write("two\nthree\n"), IsOk());
  EXPECT_EQ(ReadFile(path()), "one\ntwo\nthree\n");
  struct stat status = {};
  ASSERT_EQ(stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(AuditFileTest, IsOpenedAnewOnceItIsMovedAwayOrGone) {
  SB_ASSERT_OK_AND_ASSIGN(const auto file, AuditFile::Open(path()));
  EXPECT_THAT(file->Write("one\n"), IsOk());
  std::filesystem::rename(path(), directory_.File("audit.1"));
  EXPECT_THAT(file->Write("two\n"), IsOk());
  EXPECT_EQ(ReadFile(directory_.File("audit.1")), "one\n");
  EXPECT_EQ(ReadFile(path()), "two\n");
  std::filesystem::remove(path());
  EXPECT_THAT(file->Write("three\n"), IsOk());
  EXPECT_EQ(ReadFile(path()), "three\n");
}

TEST_F(AuditFileTest, GoesOnWhereAFullDiskStoppedIt) {
  SB_ASSERT_OK_AND_ASSIGN(const auto file, AuditFile::Open(path()));
  const std::string lines = "0123456\nabcdefg\n";
  {
    const FullDisk full(11);
    EXPECT_THAT(file->Write(lines),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("File too large")));
    EXPECT_EQ(ReadFile(path()), "0123456\nabc");
    EXPECT_THAT(file->Write(lines), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("")));
  }
  EXPECT_THAT(file->Write(lines), IsOk());
  EXPECT_EQ(ReadFile(path()), lines);
  EXPECT_THAT(file->Write("next\n"), IsOk());
  EXPECT_EQ(ReadFile(path()), lines + "next\n");
}

TEST_F(AuditFileTest, ALineThatWasCutShortStandsWholeInTheNextFile) {
  SB_ASSERT_OK_AND_ASSIGN(const auto file, AuditFile::Open(path()));
  const std::string lines = "0123456\nabcdefg\nlast\n";
  {
    const FullDisk full(11);
    EXPECT_FALSE(file->Write(lines).ok());
  }
  std::filesystem::rename(path(), directory_.File("audit.1"));
  EXPECT_THAT(file->Write(lines), IsOk());
  EXPECT_EQ(ReadFile(path()), "abcdefg\nlast\n");
}

TEST_F(AuditFileTest, WhatIsNoFileIsRefused) {
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_FALSE(AuditFile::Open(path()).ok()) << "a pipe without a reader does not hang";
  EXPECT_THAT(AuditFile::Open("/dev/null"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "/dev/null is not a regular file"));
  EXPECT_THAT(AuditFile::Open(directory_.File("none/audit.jsonl")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("No such file or directory")));
}

TEST(AuditStreamTest, WritesAllAndGoesOnWhereItHadToStop) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
  AuditStream stream(ends[1]);
  std::string lines;
  for (int i = 0; i < 5000; ++i) lines += "a line of twenty-six bytes\n";
  std::string read_back;
  char buffer[65536];
  const auto drain = [&] {
    ssize_t got = 0;
    while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
      read_back.append(buffer, static_cast<std::size_t>(got));
    }
  };
  EXPECT_THAT(stream.Write(lines), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("write")))
      << "the pipe is full";
  drain();
  while (!stream.Write(lines).ok()) drain();
  drain();
  EXPECT_EQ(read_back, lines);
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  EXPECT_FALSE(stream.Write("nobody reads\n").ok());
  close(ends[1]);
}

}  // namespace
}  // namespace sessionbroker::access
