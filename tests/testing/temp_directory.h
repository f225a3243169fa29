#ifndef SESSIONBROKER_TESTS_TESTING_TEMP_DIRECTORY_H_
#define SESSIONBROKER_TESTS_TESTING_TEMP_DIRECTORY_H_

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::testing {

// A fresh directory, mode 0700, removed with all that is in it when this goes.
class TempDirectory {
 public:
  // TempDir() ends with a slash.
  TempDirectory() : path_(absl::StrCat(::testing::TempDir(), "sb-XXXXXX")) {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }

  // The path of `name` in it.
  std::string File(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

  // Writes a file with this mode, whatever the umask; returns its path.
  std::string Write(absl::string_view name, absl::string_view content, mode_t mode = 0600) const {
    const std::string file = File(name);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << content;
    if (chmod(file.c_str(), mode) != 0) std::abort();
    return file;
  }

 private:
  std::string path_;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_TEMP_DIRECTORY_H_
