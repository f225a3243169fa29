#include "service/base/file_watch.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::base {
namespace {

namespace fs = std::filesystem;

class FileWatchTest : public ::testing::Test {
 protected:
  FileWatchTest() : loop_(EventLoop::Create().value()) {
    EXPECT_TRUE(loop_->Start().ok());
    OnLoop([this] { watch_ = FileWatch::Create(loop_.get(), [this] { ++changes_; }).value(); });
  }
  ~FileWatchTest() override {
    OnLoop([this] { watch_ = nullptr; });
    loop_->Stop();
  }

  void OnLoop(const std::function<void()>& task) {
    std::promise<void> done;
    loop_->Post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  void Watch(const WatchedPaths& paths) {
    OnLoop([&] { EXPECT_THAT(watch_->Watch(paths), testing::IsOk()); });
    changes_ = 0;
  }

  // inotify queues an event before the call that caused it returns, and the loop looks at
  // descriptors in each turn: two turns later it has been told.
  int ChangesNow() {
    OnLoop([] {});
    OnLoop([] {});
    return changes_;
  }

  std::string File(const std::string& name) const { return temp_.File(name); }

  testing::TempDirectory temp_;
  std::unique_ptr<EventLoop> loop_;
  std::atomic<int> changes_{0};
  std::unique_ptr<FileWatch> watch_;
};

TEST_F(FileWatchTest, FileThatIsWrittenIsTold) {
  temp_.Write("a", "1");
  Watch({.files = {File("a")}, .directories = {}});
  temp_.Write("a", "2");
  EXPECT_GT(ChangesNow(), 0);
}

TEST_F(FileWatchTest, FileThatIsRenamedIntoPlaceIsTold) {
  temp_.Write("a", "1");
  Watch({.files = {File("a")}, .directories = {}});
  temp_.Write(".a.swp", "2");
  EXPECT_EQ(ChangesNow(), 0);
  fs::rename(File(".a.swp"), File("a"));
  EXPECT_GT(ChangesNow(), 0);
}

TEST_F(FileWatchTest, RightsThatChangeAreTold) {
  temp_.Write("a", "1");
  Watch({.files = {File("a")}, .directories = {}});
  chmod(File("a").c_str(), 0644);
  EXPECT_GT(ChangesNow(), 0);
}

TEST_F(FileWatchTest, WhatElseHappensBesideAFileIsNotTold) {
  temp_.Write("a", "1");
  temp_.Write("b", "1");
  Watch({.files = {File("a")}, .directories = {}});
  temp_.Write("b", "2");
  temp_.Write("c", "1");
  fs::remove(File("b"));
  EXPECT_EQ(ChangesNow(), 0);
}

TEST_F(FileWatchTest, EverythingInADirectoryIsTold) {
  temp_.Write("d/a", "1");
  Watch({.files = {}, .directories = {File("d")}});
  temp_.Write("d/b", "1");
  EXPECT_GT(ChangesNow(), 0);
}

TEST_F(FileWatchTest, FileThatComesIntoBeingIsTold) {
  Watch({.files = {File("later")}, .directories = {}});
  temp_.Write("later", "1");
  EXPECT_GT(ChangesNow(), 0);
}

TEST_F(FileWatchTest, DirectoryThatComesIntoBeingIsToldAndThenWhatIsInIt) {
  const WatchedPaths paths = {.files = {File("d/e/a")}, .directories = {}};
  Watch(paths);
  fs::create_directories(File("d/e"));
  EXPECT_GT(ChangesNow(), 0);
  Watch(paths);
  temp_.Write("d/e/a", "1");
  EXPECT_GT(ChangesNow(), 0);
}

// As kubelet mounts a ConfigMap or Secret.
TEST_F(FileWatchTest, KubernetesSwapIsToldEachTime) {
  temp_.Write("..1/a", "1");
  fs::create_symlink("..1", File("..data"));
  fs::create_symlink("..data/a", File("a"));
  const WatchedPaths paths = {.files = {File("a")}, .directories = {}};
  Watch(paths);
  for (int i = 2; i < 5; ++i) {
    temp_.Write(absl::StrCat("..", i, "/a"), "2");
    fs::create_symlink(absl::StrCat("..", i), File("..data_tmp"));
    EXPECT_EQ(ChangesNow(), 0);
    fs::rename(File("..data_tmp"), File("..data"));
    EXPECT_GT(ChangesNow(), 0) << i;
    fs::remove_all(File(absl::StrCat("..", i - 1)));
    Watch(paths);
  }
}

TEST_F(FileWatchTest, LinkToAnotherDirectoryIsFollowedAndBothEndsAreTold) {
  temp_.Write("real/a", "1");
  temp_.Write("other/a", "1");
  fs::create_symlink(File("real"), File("current"));
  const WatchedPaths paths = {.files = {File("current/a")}, .directories = {}};
  Watch(paths);
  temp_.Write("real/a", "2");
  EXPECT_GT(ChangesNow(), 0);
  Watch(paths);
  fs::create_symlink("other", File("next"));
  fs::rename(File("next"), File("current"));
  EXPECT_GT(ChangesNow(), 0);
  Watch(paths);
  temp_.Write("real/a", "3");
  EXPECT_EQ(ChangesNow(), 0);
  temp_.Write("other/a", "3");
  EXPECT_GT(ChangesNow(), 0);
}

TEST_F(FileWatchTest, LinksInACircleEnd) {
  fs::create_symlink("y", File("x"));
  fs::create_symlink("x", File("y"));
  Watch({.files = {File("x/a")}, .directories = {File("x")}});
  EXPECT_EQ(ChangesNow(), 0);
}

TEST_F(FileWatchTest, WhatIsNotWatchedAnyMoreIsNotTold) {
  temp_.Write("d/a", "1");
  temp_.Write("e/a", "1");
  Watch({.files = {File("d/a")}, .directories = {}});
  Watch({.files = {File("e/a")}, .directories = {}});
  temp_.Write("d/a", "2");
  EXPECT_EQ(ChangesNow(), 0);
  temp_.Write("e/a", "2");
  EXPECT_GT(ChangesNow(), 0);
}

}  // namespace
}  // namespace sessionbroker::base
