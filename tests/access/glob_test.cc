#include "service/access/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace sessionbroker::access {
namespace {

TEST(GlobTest, StarsStandForAnyRunAndTheRestForItself) {
  const struct {
    const char* pattern;
    const char* text;
    bool matches;
  } kCases[] = {
      {"crm", "crm", true},       {"crm", "crm2", false},    {"crm", "cr", false},
      {"crm", "Crm", false},      {"crm", "", false},        {"", "", true},
      {"", "a", false},           {"*", "", true},           {"*", "anything at/all", true},
      {"**", "", true},           {"**", "a", true},         {"crm*", "crm", true},
      {"crm*", "crm-main", true}, {"crm*", "acrm", false},   {"*crm", "crm", true},
      {"*crm", "my-crm", true},   {"*crm", "crm-my", false}, {"*crm", "crmcrm", true},
      {"a*c", "ac", true},        {"a*c", "abbbc", true},    {"a*c", "abcd", false},
      {"a*c", "aca", false},      {"a*b*c", "abc", true},    {"a*b*c", "aXbYbZc", true},
      {"a*b*c", "acb", false},    {"*aab", "aaab", true},    {"*ab*ab", "abab", true},
      {"*ab*ab", "ab", false},    {"a.c", "abc", false},     {"a?c", "abc", false},
      {"[a]", "a", false},        {"*", "*", true},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Glob(c.pattern).Matches(c.text), c.matches) << c.pattern << " against " << c.text;
  }
}

TEST(GlobTest, ManyStarsAgainstALongNearMissEnd) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(Glob(pattern + "b").Matches(std::string(5000, 'a')));
}

}  // namespace
}  // namespace sessionbroker::access
