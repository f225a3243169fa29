#include "service/base/nearest_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sessionbroker::base {
namespace {

TEST(NearestName, FindsWhatWasProbablyMeant) {
  const std::vector<std::string> candidates = {"address", "tls", "insecure_plaintext", "addresses"};
  struct Case {
    std::string word;
    std::string nearest;
  };
  const Case cases[] = {
      {"adress", "address"},    // removed
      {"addresss", "address"},  // inserted; "addresses" is as near, the first wins
      {"adderss", "address"},   // swapped
      {"uddress", "address"},   // replaced
      {"ADDRESS", "address"},   // another case
      {"insecure-plain_text", "insecure_plaintext"},
      {"tsl", "tls"},
      {"certificate", ""},
      {"", ""},
      {"x", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(NearestName(c.word, candidates), c.nearest) << c.word;
}

TEST(NearestName, AShortNameIsNotNearToEverything) {
  EXPECT_EQ(NearestName("b", {"a"}), "");
  EXPECT_EQ(NearestName("in", {"is"}), "is");
  EXPECT_EQ(NearestName("of", {"is"}), "");
}

TEST(NearestName, AVeryLongWordHasNoNeighbour) {
  EXPECT_EQ(NearestName(std::string(101, 'a'), {std::string(100, 'a')}), "");
  EXPECT_EQ(NearestName(std::string(100, 'a'), {std::string(99, 'a')}), std::string(99, 'a'));
}

TEST(Suggestion, NamesTheNearestOrElseAll) {
  EXPECT_EQ(Suggestion("tsl", {"tls", "address"}, "known are"), "; did you mean \"tls\"?");
  EXPECT_EQ(Suggestion("zzz", {"tls", "address"}, "known are"), "; known are: tls, address");
  EXPECT_EQ(Suggestion("zzz", {}, "known are"), "");
}

}  // namespace
}  // namespace sessionbroker::base
