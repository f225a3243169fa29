#include "service/secrets/secret_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/secrets/reveal.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::secrets {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

class SecretFile : public ::testing::Test {
 protected:
  SecretFile() { std::filesystem::create_directories(directory_); }
  ~SecretFile() override { std::filesystem::remove_all(directory_); }

  std::string PathOf(const std::string& name) const { return (directory_ / name).string(); }

  std::string Write(const std::string& name, const std::string& text, mode_t mode = 0400) {
    const std::string path = PathOf(name);
    std::ofstream(path, std::ios::binary) << text;
    chmod(path.c_str(), mode);
    return path;
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) / absl::StrCat("secret_file_test.", getpid());
};

TEST_F(SecretFile, GivesItsContentWithoutOneLineEnd) {
  struct Case {
    std::string content;
    std::string secret;
  };
  const Case cases[] = {
      {"hunter2", "hunter2"},     {"hunter2\n", "hunter2"},
      {"hunter2\r\n", "hunter2"}, {"hunter2\n\n", "hunter2\n"},
      {"hunter2\r", "hunter2\r"}, {" hunter2 ", " hunter2 "},
      {"a\nb\n", "a\nb"},         {std::string("a\0b", 3), std::string("a\0b", 3)},
  };
  for (const Case& c : cases) {
    std::filesystem::remove(PathOf("secret"));
    SB_ASSERT_OK_AND_ASSIGN(const Secret secret, ReadSecretFile(Write("secret", c.content), {}));
    EXPECT_TRUE(Reveal(secret) == c.secret) << c.content.size();
  }
}

TEST_F(SecretFile, IsRefusedIfItIsEmpty) {
  EXPECT_THAT(ReadSecretFile(Write("a", ""), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, PathOf("a") + " is empty"));
  EXPECT_THAT(ReadSecretFile(Write("b", "\n"), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, PathOf("b") + " is empty"));
  EXPECT_THAT(ReadSecretFile(Write("c", "\r\n"), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, PathOf("c") + " is empty"));
}

TEST_F(SecretFile, IsRefusedIfOthersCanReadIt) {
  const std::string path = Write("secret", "hunter2", 0644);
  EXPECT_THAT(
      ReadSecretFile(path, {}),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               path + " has mode 0644: others can read it. Take that right away (chmod o-r; in "
                      "Kubernetes \"defaultMode: 0400\" and an fsGroup)"));
  EXPECT_THAT(ReadSecretFile(path, {.allow_world_readable = true}), IsOk());
  for (const mode_t mode : {0400, 0440, 0600, 0660}) {
    chmod(path.c_str(), mode);
    EXPECT_THAT(ReadSecretFile(path, {}), IsOk()) << mode;
  }
  chmod(path.c_str(), 0404);
  EXPECT_THAT(ReadSecretFile(path, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("mode 0404")));
}

// As Kubernetes mounts them: secret -> ..data/secret, ..data -> ..2026_01_01.
TEST_F(SecretFile, MayBeBehindSymbolicLinks) {
  std::filesystem::create_directory(directory_ / "..2026_01_01");
  const std::string target = Write("..2026_01_01/secret", "hunter2");
  std::filesystem::create_symlink("..2026_01_01", directory_ / "..data");
  std::filesystem::create_symlink("..data/secret", directory_ / "secret");
  SB_ASSERT_OK_AND_ASSIGN(const Secret secret, ReadSecretFile(PathOf("secret"), {}));
  EXPECT_TRUE(Reveal(secret) == "hunter2");
  chmod(target.c_str(), 0644);
  EXPECT_THAT(ReadSecretFile(PathOf("secret"), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("mode 0644")))
      << "the mode that counts is the file's, a link always has 0777";
}

TEST_F(SecretFile, MayHave64KiBAndNoMore) {
  EXPECT_THAT(ReadSecretFile(Write("most", std::string(65536, 'x')), {}), IsOk());
  EXPECT_THAT(ReadSecretFile(Write("more", std::string(65537, 'x')), {}),
              StatusIs(absl::StatusCode::kOutOfRange,
                       PathOf("more") + " is too large: at most 65536 bytes"));
}

TEST_F(SecretFile, MustBeAFile) {
  EXPECT_THAT(ReadSecretFile(PathOf("none"), {}),
              StatusIs(absl::StatusCode::kNotFound,
                       "cannot read " + PathOf("none") + ": No such file or directory"));
  EXPECT_THAT(ReadSecretFile(directory_.string(), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       directory_.string() + " is not a regular file"));
  ASSERT_EQ(mkfifo(PathOf("pipe").c_str(), 0600), 0);
  EXPECT_THAT(
      ReadSecretFile(PathOf("pipe"), {}),
      StatusIs(absl::StatusCode::kFailedPrecondition, PathOf("pipe") + " is not a regular file"));
  std::filesystem::create_symlink("loop", directory_ / "loop");
  EXPECT_THAT(ReadSecretFile(PathOf("loop"), {}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(PathOf("loop"))));
}

TEST_F(SecretFile, MustBeReadable) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads everything";
  EXPECT_THAT(ReadSecretFile(Write("secret", "hunter2", 0), {}),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr(PathOf("secret")), HasSubstr("Permission denied"))));
}

}  // namespace
}  // namespace sessionbroker::secrets
