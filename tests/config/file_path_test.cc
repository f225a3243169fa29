#include "service/config/file_path.h"

#include <gtest/gtest.h>

#include <string>

namespace sessionbroker::config {
namespace {

TEST(ResolvePath, IsRelativeToTheDirectoryUnlessAbsolute) {
  struct Case {
    std::string path;
    std::string directory;
    std::string resolved;
  };
  const Case cases[] = {
      {"a", "/etc/broker", "/etc/broker/a"},
      {"/a", "/etc/broker", "/a"},
      {"../a", "/etc/broker", "/etc/a"},
      {"./a/./b//c", "/etc", "/etc/a/b/c"},
      {"a/", "/etc", "/etc/a"},
      {"a", "", "a"},
      {"../a", "", "../a"},
      {"a", "..", "../a"},
      {".", "/etc", "/etc"},
      {"..", "/etc", "/"},
      {"/", "/etc", "/"},
      {".", "", "."},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ResolvePath(c.path, c.directory), c.resolved) << c.path << " in " << c.directory;
  }
}

TEST(DirectoryOf, EndsBeforeTheLastSlash) {
  EXPECT_EQ(DirectoryOf("/etc/broker/config.yaml"), "/etc/broker");
  EXPECT_EQ(DirectoryOf("config.yaml"), "");
  EXPECT_EQ(DirectoryOf("../config.yaml"), "..");
  EXPECT_EQ(DirectoryOf("/config.yaml"), "/");
}

}  // namespace
}  // namespace sessionbroker::config
