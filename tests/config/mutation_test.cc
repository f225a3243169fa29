// Files that people or programs have damaged: whatever they hold, they are read or refused, and
// what is said about them points into them. The same mutations every time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "service/base/utf8.h"
#include "service/config/document.h"
#include "service/config/settings.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::config {
namespace {

constexpr int kMutationsPerFile = 60;

std::vector<std::string> Seeds() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator("tests/fixtures/config")) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    seeds.push_back(text.str());
  }
  return seeds;
}

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string Mutate(std::string text) {
    for (std::size_t i = 1 + Below(4); i > 0; --i) MutateOnce(&text);
    return text;
  }

 private:
  std::size_t Below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void MutateOnce(std::string* text) {
    static const std::vector<std::string> kTokens = {
        "&a ",  "*a",    "!!str ", "! ",   "- ",   ": ",  "? ",   "<<: ", "{",    "}",
        "[",    "]",     ",",      "\"",   "'",    "|",   ">-\n", "\n",   "\r\n", "\r",
        "\t",   "---\n", "...\n",  "%TAG", "#",    "~",   "null", "\\",   "\xC3", "\xEF\xBB\xBF",
        "\x04", "\"\\x", "{{{{",   "[[[[", "????", "\n\n"};
    const std::size_t at = Below(text->size() + 1);
    const std::size_t length = Below(std::min<std::size_t>(text->size() - at, 40) + 1);
    switch (Below(6)) {
      case 0:
        text->insert(at, kTokens[Below(kTokens.size())]);
        break;
      case 1:
        text->erase(at, length);
        break;
      case 2:
        text->insert(Below(text->size() + 1), text->substr(at, length));
        break;
      case 3:
        if (at < text->size()) (*text)[at] = static_cast<char>(Below(256));
        break;
      case 4:
        text->resize(at);
        break;
      case 5: {
        const std::string& other = seeds_[Below(seeds_.size())];
        text->replace(at, std::string::npos, other.substr(Below(other.size() + 1)));
        break;
      }
    }
  }

  const std::vector<std::string> seeds_;
  std::mt19937 random_{20261121};  // NOLINT(cert-msc51-cpp): the same every time
};

void Check(const std::string& text, const Diagnostics& diagnostics) {
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  const int longest = static_cast<int>(text.size()) + 1;
  for (const Diagnostic& diagnostic : diagnostics.list()) {
    EXPECT_GE(diagnostic.position.line, 0);
    EXPECT_LE(diagnostic.position.line, lines);
    EXPECT_GE(diagnostic.position.column, 0);
    EXPECT_LE(diagnostic.position.column, longest);
    EXPECT_FALSE(diagnostic.message.empty());
    const std::string shown = diagnostic.ToString();
    EXPECT_TRUE(base::IsValidUtf8(shown)) << shown;
    EXPECT_EQ(shown.find('\n'), std::string::npos) << shown;
  }
}

TEST(MutatedFiles, AreReadOrRefused) {
  const std::vector<std::string> seeds = Seeds();
  ASSERT_GE(seeds.size(), 30u);
  Mutator mutator(seeds);
  int read = 0;
  int refused = 0;
  for (const std::string& seed : seeds) {
    for (int i = 0; i < kMutationsPerFile; ++i) {
      const std::string text = mutator.Mutate(seed);
      SCOPED_TRACE(text);
      Diagnostics diagnostics;
      const bool is_read = ReadSettings("f", text, &diagnostics).has_value();
      EXPECT_EQ(is_read, diagnostics.empty());
      Check(text, diagnostics);
      ++(is_read ? read : refused);

      // Another schema: free-form values, shorthands.
      Diagnostics others;
      definition::v1::Node node;
      ReadYaml("f", text, &node, &others);
      Check(text, others);
    }
  }
  EXPECT_GT(read, 0);
  EXPECT_GT(refused, read);
}

}  // namespace
}  // namespace sessionbroker::config
