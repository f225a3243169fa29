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

TEST(GlobTest, NoStarStandsForTheSeparator) {
  const struct {
    const char* pattern;
    const char* text;
    bool matches;
  } kCases[] = {
      {"*", "", true},
      {"*", "ab", true},
      {"*", "a/b", false},
      {"*", "/", false},
      {"a/*", "a/", true},
      {"a/*", "a/b", true},
      {"a/*", "a/b/c", false},
      {"a/*/c", "a/b/c", true},
      {"a/*/c", "a//c", true},
      {"a/*/c", "a/b/b/c", false},
      {"*/*", "a/b", true},
      {"*/*", "ab", false},
      {"*/*", "a/b/c", false},
      {"*b/*d", "abb/cdd", true},
      {"*a*/*b", "xaxa/bb", true},
      {"*a*/*b", "xx/ab", false},
      {"*ab", "a/ab", false},
      {"**", "a/b", false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Glob(c.pattern, '/').Matches(c.text), c.matches) << c.pattern << " and " << c.text;
  }
}

TEST(GlobTest, ManyStarsAgainstALongNearMissEnd) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(Glob(pattern + "b").Matches(std::string(5000, 'a')));
}

}  // namespace
}  // namespace sessionbroker::access
