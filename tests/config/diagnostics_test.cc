#include "service/config/diagnostics.h"

#include <gtest/gtest.h>

#include <string>

namespace sessionbroker::config {
namespace {

TEST(Diagnostic, ShowsWhatIsKnownOfItsPlace) {
  EXPECT_EQ((Diagnostic{"f.yaml", {3, 7}, "a.b", "wrong"}).ToString(), "f.yaml:3:7: a.b: wrong");
  EXPECT_EQ((Diagnostic{"f.yaml", {3, 0}, "a.b", "wrong"}).ToString(), "f.yaml:3: a.b: wrong");
  EXPECT_EQ((Diagnostic{"f.yaml", {}, "a.b", "wrong"}).ToString(), "f.yaml: a.b: wrong");
  EXPECT_EQ((Diagnostic{"f.yaml", {}, "", "wrong"}).ToString(), "f.yaml: wrong");
  EXPECT_EQ((Diagnostic{"", {}, "", "wrong"}).ToString(), "wrong");
}

TEST(Diagnostics, AreSortedWithinTheirFiles) {
  Diagnostics diagnostics;
  diagnostics.Add({"z", {2, 1}, "", "3"});
  diagnostics.Add({"z", {1, 9}, "", "2"});
  diagnostics.Add({"z", {}, "", "1"});
  diagnostics.Add({"z", {2, 1}, "", "4"});
  diagnostics.Add({"a", {1, 1}, "", "5"});
  diagnostics.Sort();
  EXPECT_EQ(diagnostics.ToString(), "z: 1\nz:1:9: 2\nz:2:1: 3\nz:2:1: 4\na:1:1: 5\n");
}

TEST(Shown, IsOneShortLine) {
  EXPECT_EQ(Shown("a \"b\"\n\xC3\xA9"), "\"a \\\"b\\\"\\n\xC3\xA9\"");
  EXPECT_EQ(Shown(std::string(40, 'x')), "\"" + std::string(40, 'x') + "\"");
  EXPECT_EQ(Shown(std::string(41, 'x')), "41 bytes of text");
}

}  // namespace
}  // namespace sessionbroker::config
