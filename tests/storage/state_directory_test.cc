#include "service/storage/state_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::storage {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::sessionbroker::testing::TempDirectory;
using ::testing::AllOf;
using ::testing::HasSubstr;

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  return std::string(std::istreambuf_iterator<char>(in), {});
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

TEST(StateDirectory, IsMadeForItsOwnerOnlyWhereItIsNotThere) {
  TempDirectory temp;
  const mode_t old = umask(0);
  SB_ASSERT_OK_AND_ASSIGN(const auto directory, StateDirectory::Open(temp.File("state")));
  umask(old);
  EXPECT_EQ(ModeOf(temp.File("state")), 0700);
  EXPECT_EQ(ModeOf(temp.File("state/lock")), 0600);
  EXPECT_EQ(directory->path(), temp.File("state"));
}

TEST(StateDirectory, LockFileTellsTheHolder) {
  TempDirectory temp;
  char host[256] = {};
  ASSERT_EQ(gethostname(host, sizeof(host) - 1), 0);
  temp.Write("lock", "a much longer text that an earlier holder left\n");
  SB_ASSERT_OK_AND_ASSIGN(const auto directory, StateDirectory::Open(temp.path()));
  EXPECT_EQ(ReadFile(temp.File("lock")), absl::StrCat(getpid(), " ", host, "\n"));
}

TEST(StateDirectory, SecondHolderIsRefusedAndToldWhoTheFirstIs) {
  TempDirectory temp;
  SB_ASSERT_OK_AND_ASSIGN(const auto first, StateDirectory::Open(temp.path()));
  EXPECT_THAT(
      StateDirectory::Open(temp.path()),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(HasSubstr(temp.path()),
                     HasSubstr(absl::StrCat("in use by process ", getpid(), " on host ")))));
}

TEST(StateDirectory, HolderThatHasNotWrittenItsNameYetIsStillAHolder) {
  TempDirectory temp;
  SB_ASSERT_OK_AND_ASSIGN(const auto first, StateDirectory::Open(temp.path()));
  ASSERT_EQ(truncate(temp.File("lock").c_str(), 0), 0);
  EXPECT_THAT(StateDirectory::Open(temp.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("in use by a process that is just starting")));
}

TEST(StateDirectory, TextOfAStrangerInTheLockFileIsShownWithoutControlCharacters) {
  TempDirectory temp;
  SB_ASSERT_OK_AND_ASSIGN(const auto first, StateDirectory::Open(temp.path()));
  std::ofstream(temp.File("lock")) << "1\x1b[2J\nx";
  EXPECT_THAT(StateDirectory::Open(temp.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("in use by process 1 on host [2J x;")));
}

TEST(StateDirectory, IsFreeAgainOnceItsHolderIsGone) {
  TempDirectory temp;
  { SB_ASSERT_OK_AND_ASSIGN(const auto first, StateDirectory::Open(temp.path())); }
  EXPECT_THAT(StateDirectory::Open(temp.path()), IsOk());
}

TEST(StateDirectory, IsFreeAgainOnceItsHolderWasKilled) {
  TempDirectory temp;
  int held[2];
  ASSERT_EQ(pipe(held), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto directory = StateDirectory::Open(temp.path());
    if (directory.ok() && write(held[1], "x", 1) == 1) pause();
    _exit(1);
  }
  char byte = 0;
  close(held[1]);
  ASSERT_EQ(read(held[0], &byte, 1), 1);
  close(held[0]);
  EXPECT_THAT(StateDirectory::Open(temp.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr(absl::StrCat("in use by process ", child, " on host "))));
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_THAT(StateDirectory::Open(temp.path()), IsOk());
}

TEST(StateDirectory, FileInItsPlaceIsRefused) {
  TempDirectory temp;
  const std::string file = temp.Write("state", "");
  EXPECT_THAT(StateDirectory::Open(file),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       absl::StrCat("state directory \"", file, "\": not a directory")));
}

TEST(StateDirectory, MissingParentIsNotMade) {
  TempDirectory temp;
  EXPECT_THAT(StateDirectory::Open(temp.File("a/b")),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("cannot make it: No such file or directory")));
}

TEST(StateDirectory, OneThatOthersMayWriteToIsRefused) {
  for (const mode_t mode : {0770, 0702, 0777}) {
    TempDirectory temp;
    ASSERT_EQ(chmod(temp.path().c_str(), mode), 0);
    EXPECT_THAT(StateDirectory::Open(temp.path()),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr(absl::StrFormat("(mode %04o); wanted 0700", mode))));
  }
}

TEST(StateDirectory, OneThatOthersMayOnlyReadIsTaken) {
  TempDirectory temp;
  ASSERT_EQ(chmod(temp.path().c_str(), 0755), 0);
  EXPECT_THAT(StateDirectory::Open(temp.path()), IsOk());
}

TEST(StateDirectory, OneOfAnotherUserIsRefused) {
  // "/" belongs to root: another user than this one, whoever runs the test.
  UnprivilegedScope unprivileged;
  EXPECT_THAT(StateDirectory::Open("/"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr(absl::StrCat("belongs to user 0, not to user ", geteuid()))));
}

TEST(StateDirectory, OneThatMayNotBeMadeOrWrittenToIsAPermissionError) {
  UnprivilegedScope unprivileged;
  TempDirectory temp;
  ASSERT_EQ(chmod(temp.path().c_str(), 0500), 0);
  EXPECT_THAT(StateDirectory::Open(temp.File("state")),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("cannot make it: Permission denied")));
  EXPECT_THAT(StateDirectory::Open(temp.path()),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("cannot open its lock file: Permission denied")));
}

TEST(StateDirectory, LinkInPlaceOfTheLockFileIsNotFollowed) {
  TempDirectory temp;
  temp.Write("elsewhere", "kept");
  std::filesystem::create_symlink("elsewhere", temp.File("lock"));
  EXPECT_THAT(StateDirectory::Open(temp.path()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("cannot open its lock file")));
  EXPECT_EQ(ReadFile(temp.File("elsewhere")), "kept");
}

TEST(StateDirectory, NetworkFileSystemIsRefusedUnlessItIsAllowed) {
  const struct {
    int64_t type;
    const char* name;
  } kCases[] = {
      {0x6969, "NFS"},
      {0xFF534D42, "CIFS"},
      {0xFE534D42, "SMB2"},
      {0x65735546, "FUSE or virtiofs"},
      {0x01021997, "9P"},
      {0x00C36400, "Ceph"},
      {0x786F4256, "a VirtualBox shared folder"},
      {0xBACBACBC, "a VMware shared folder"},
      {0x7C7C6673, "a Parallels shared folder"},
      {0xAAD7AAEA, "PanFS"},
      {0xBEEFDEAD, "StorNext"},
  };
  for (const auto& c : kCases) {
    TempDirectory temp;
    const auto type = [&c](int) -> absl::StatusOr<int64_t> { return c.type; };
    EXPECT_THAT(
        StateDirectory::Open(temp.path(), {.file_system_type = type}),
        StatusIs(absl::StatusCode::kFailedPrecondition,
                 AllOf(HasSubstr(temp.path()),
                       HasSubstr(absl::StrCat("network or shared file system (", c.name, ")")),
                       HasSubstr("allow_network_file_system: true"))));
    EXPECT_FALSE(std::filesystem::exists(temp.File("lock")));
    EXPECT_THAT(StateDirectory::Open(temp.path(),
                                     {.allow_network_file_system = true, .file_system_type = type}),
                IsOk());
  }
}

TEST(StateDirectory, LocalFileSystemIsTaken) {
  // ext4, xfs, btrfs, tmpfs, overlayfs, zfs.
  for (const int64_t type :
       std::vector<int64_t>{0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x794C7630, 0x2FC12FC1}) {
    EXPECT_EQ(NetworkFileSystemNamed(type), std::nullopt) << type;
  }
}

}  // namespace
}  // namespace sessionbroker::storage
