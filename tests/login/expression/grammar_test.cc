// Holds the parser against the grammar that docs/providers.md prints: sentences made from the
// grammar are parsed, and of sentences with a token changed the parser takes just those that the
// grammar derives.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "service/login/expression/parser.h"

namespace sessionbroker::login {
namespace {

// A node of an EBNF grammar.
struct Item {
  enum class Kind { kTerminal, kRule, kSequence, kChoice, kOption, kRepetition };
  Kind kind;
  std::string text;
  std::vector<Item> items;
};

using Grammar = std::map<std::string, Item>;

// Reads `rule = … ;` one after another.
class GrammarReader {
 public:
  explicit GrammarReader(std::string text) : text_(std::move(text)) {}

  Grammar Read() {
    Grammar grammar;
    while (!Next().empty()) {
      const std::string name = Take();
      EXPECT_EQ(Take(), "=") << name;
      grammar[name] = ReadChoice();
      EXPECT_EQ(Take(), ";") << name;
    }
    return grammar;
  }

 private:
  // The next token without taking it; "" at the end. A terminal keeps its quotes.
  std::string Next() {
    while (at_ < text_.size() && absl::ascii_isspace(text_[at_])) ++at_;
    if (at_ == text_.size()) return "";
    const char c = text_[at_];
    std::size_t end = at_ + 1;
    if (c == '"' || c == '\'') {
      end = text_.find(c, at_ + 1) + 1;
    } else if (absl::ascii_isalpha(c)) {
      while (end < text_.size() && absl::ascii_isalpha(text_[end])) ++end;
    }
    return text_.substr(at_, end - at_);
  }

  std::string Take() {
    const std::string token = Next();
    at_ += token.size();
    return token;
  }

  Item ReadChoice() {
    Item choice{Item::Kind::kChoice, "", {ReadSequence()}};
    while (Next() == "|") {
      Take();
      choice.items.push_back(ReadSequence());
    }
    return choice;
  }

  Item ReadSequence() {
    Item sequence{Item::Kind::kSequence, "", {}};
    while (true) {
      const std::string next = Next();
      if (next.empty() || absl::StrContains("|;)]}", next)) return sequence;
      Take();
      if (next[0] == '"' || next[0] == '\'') {
        sequence.items.push_back({Item::Kind::kTerminal, next.substr(1, next.size() - 2), {}});
      } else if (next == "(" || next == "[" || next == "{") {
        const Item::Kind kind = next == "("   ? Item::Kind::kSequence
                                : next == "[" ? Item::Kind::kOption
                                              : Item::Kind::kRepetition;
        sequence.items.push_back({kind, "", {ReadChoice()}});
        EXPECT_EQ(Take(), next == "(" ? ")" : next == "[" ? "]" : "}");
      } else {
        sequence.items.push_back({Item::Kind::kRule, next, {}});
      }
    }
  }

  const std::string text_;
  std::size_t at_ = 0;
};

std::string ReadEbnf() {
  std::ifstream file("docs/providers.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string begin = "```ebnf\n";
  const std::size_t at = text.str().find(begin);
  if (at == std::string::npos) return "";
  const std::size_t end = text.str().find("```", at + begin.size());
  return text.str().substr(at + begin.size(), end - at - begin.size());
}

// Rules that make one token: no spaces inside.
const std::set<std::string> kTokens = {"word", "int", "text"};

// Characters that the grammar takes as known, and some of each.
const std::map<std::string, std::string> kCharacters = {
    {"character", "a}$ {#-%."}, {"letter", "abz"},     {"digit", "019"},
    {"hexdigit", "0aF"},        {"octaldigit", "017"},
};

bool IsOfClass(const std::string& name, char c) {
  if (name == "character") return c != '"' && c != '\'' && c != '\\' && c != '\n' && c != '\r';
  if (name == "letter") return absl::ascii_isalpha(c);
  if (name == "digit") return absl::ascii_isdigit(c);
  if (name == "hexdigit") return absl::ascii_isxdigit(c);
  return c >= '0' && c <= '7';
}

class Generator {
 public:
  Generator(const Grammar& grammar, std::mt19937* random) : grammar_(grammar), random_(*random) {
    // How deep a rule goes at least, to find the way out of recursion.
    for (const auto& [name, unused] : grammar_) depth_[name] = 1000;
    for (const auto& [name, unused] : kCharacters) depth_[name] = 0;
    for (std::size_t i = 0; i < grammar_.size(); ++i) {
      for (const auto& [name, item] : grammar_) depth_[name] = DepthOf(item) + 1;
    }
  }

  std::vector<std::string> Sentence() {
    tokens_.clear();
    Emit({Item::Kind::kRule, "expression", {}}, 0, /*in_token=*/false);
    return tokens_;
  }

 private:
  int DepthOf(const Item& item) const {
    int depth = 0;
    switch (item.kind) {
      case Item::Kind::kTerminal:
      case Item::Kind::kOption:
      case Item::Kind::kRepetition:
        return 0;
      case Item::Kind::kRule:
        return depth_.at(item.text);
      case Item::Kind::kSequence:
        for (const Item& part : item.items) depth = std::max(depth, DepthOf(part));
        return depth;
      case Item::Kind::kChoice:
        depth = DepthOf(item.items[0]);
        for (const Item& part : item.items) depth = std::min(depth, DepthOf(part));
        return depth;
    }
    return depth;
  }

  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  void Append(const std::string& text, bool in_token) {
    if (in_token) {
      tokens_.back() += text;
    } else {
      tokens_.push_back(text);
    }
  }

  void Emit(const Item& item, int depth, bool in_token) {
    constexpr int kDeep = 24;
    switch (item.kind) {
      case Item::Kind::kTerminal:
        return Append(item.text, in_token);
      case Item::Kind::kRule:
        if (const auto characters = kCharacters.find(item.text); characters != kCharacters.end()) {
          const int size = static_cast<int>(characters->second.size());
          return Append(std::string(1, characters->second[static_cast<std::size_t>(Below(size))]),
                        in_token);
        }
        if (!in_token && kTokens.count(item.text) > 0) {
          tokens_.push_back("");
          in_token = true;
        }
        return Emit(grammar_.at(item.text), depth + 1, in_token);
      case Item::Kind::kSequence:
        for (const Item& part : item.items) Emit(part, depth, in_token);
        return;
      case Item::Kind::kOption:
        if (depth < kDeep && Below(4) == 0) Emit(item.items[0], depth, in_token);
        return;
      case Item::Kind::kRepetition:
        for (int i = 0; i < 3 && depth < kDeep && Below(4) == 0; ++i) {
          Emit(item.items[0], depth, in_token);
        }
        return;
      case Item::Kind::kChoice: {
        std::vector<const Item*> items;
        for (const Item& part : item.items) {
          if (depth < kDeep || DepthOf(part) == DepthOf(item)) items.push_back(&part);
        }
        return Emit(*items[static_cast<std::size_t>(Below(static_cast<int>(items.size())))], depth,
                    in_token);
      }
    }
  }

  const Grammar& grammar_;
  std::mt19937& random_;
  std::map<std::string, int> depth_;
  std::vector<std::string> tokens_;
};

// Whether a grammar derives a text.
class Recognizer {
 public:
  Recognizer(const Grammar& grammar, std::string text)
      : grammar_(grammar), text_(std::move(text)) {}

  bool Accepts() {
    const std::set<std::size_t> ends = Match({Item::Kind::kRule, "expression", {}}, 0, false);
    return std::any_of(ends.begin(), ends.end(),
                       [this](std::size_t end) { return SkipSpaces(end) == text_.size(); });
  }

 private:
  std::size_t SkipSpaces(std::size_t at) const {
    while (at < text_.size() && text_[at] == ' ') ++at;
    return at;
  }

  // Where a match that begins at `at` may end.
  std::set<std::size_t> Match(const Item& item, std::size_t at, bool in_token) {
    if (!in_token) at = SkipSpaces(at);
    switch (item.kind) {
      case Item::Kind::kTerminal:
        if (text_.compare(at, item.text.size(), item.text) != 0) return {};
        return {at + item.text.size()};
      case Item::Kind::kRule:
        return MatchRule(item.text, at, in_token);
      case Item::Kind::kSequence: {
        std::set<std::size_t> ends = {at};
        for (const Item& part : item.items) {
          std::set<std::size_t> next;
          for (const std::size_t end : ends) next.merge(Match(part, end, in_token));
          ends = std::move(next);
        }
        return ends;
      }
      case Item::Kind::kChoice: {
        std::set<std::size_t> ends;
        for (const Item& part : item.items) ends.merge(Match(part, at, in_token));
        return ends;
      }
      case Item::Kind::kOption: {
        std::set<std::size_t> ends = Match(item.items[0], at, in_token);
        ends.insert(at);
        return ends;
      }
      case Item::Kind::kRepetition: {
        std::set<std::size_t> ends = {at};
        std::set<std::size_t> todo = {at};
        while (!todo.empty()) {
          std::set<std::size_t> next;
          for (const std::size_t end : todo) next.merge(Match(item.items[0], end, in_token));
          todo.clear();
          for (const std::size_t end : next) {
            if (ends.insert(end).second) todo.insert(end);
          }
        }
        return ends;
      }
    }
    return {};
  }

  std::set<std::size_t> MatchRule(const std::string& rule, std::size_t at, bool in_token) {
    if (kCharacters.count(rule) > 0) {
      if (at < text_.size() && IsOfClass(rule, text_[at])) return {at + 1};
      return {};
    }
    const auto known = memo_.find({rule, at});
    if (known != memo_.end()) return known->second;
    const bool token = in_token || kTokens.count(rule) > 0;
    std::set<std::size_t> ends = Match(grammar_.at(rule), at, token);
    if (token && !in_token && rule == "word" && !ends.empty()) {
      // A word is as long as it can be, and no keyword.
      const std::size_t end = *ends.rbegin();
      const std::string word = text_.substr(at, end - at);
      ends =
          word == "true" || word == "false" ? std::set<std::size_t>{} : std::set<std::size_t>{end};
    }
    memo_[{rule, at}] = ends;
    return ends;
  }

  const Grammar& grammar_;
  const std::string text_;
  std::map<std::pair<std::string, std::size_t>, std::set<std::size_t>> memo_;
};

// What the parser says: "" if it takes the text.
std::string ErrorOf(const std::string& text) {
  std::vector<ExpressionError> errors;
  return Parse(text, &errors) != nullptr ? "" : errors[0].message;
}

// A rule beside the grammar: limits, and what an escape or a number means.
bool IsBesideTheGrammar(const std::string& error) {
  for (const char* part : {"names no Unicode character", "does not fit an int", "nested more than",
                           "more than 1024 parts", "at most 4096 bytes", "has() takes"}) {
    if (absl::StrContains(error, part)) return true;
  }
  return false;
}

TEST(GrammarTest, FitsThirtyLines) {
  const std::string ebnf = ReadEbnf();
  EXPECT_GT(std::count(ebnf.begin(), ebnf.end(), '\n'), 10);
  EXPECT_LE(std::count(ebnf.begin(), ebnf.end(), '\n'), 30);
}

TEST(GrammarTest, TheParserTakesWhatTheGrammarDerives) {
  const Grammar grammar = GrammarReader(ReadEbnf()).Read();
  ASSERT_EQ(grammar.count("expression"), 1u);
  std::mt19937 random(20240229);
  Generator generator(grammar, &random);
  int taken = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::vector<std::string> tokens = generator.Sentence();
    for (const char* separator : {"", " ", "\n\t"}) {
      const std::string text = absl::StrJoin(tokens, separator);
      const std::string error = ErrorOf(text);
      if (error.empty()) ++taken;
      EXPECT_TRUE(error.empty() || IsBesideTheGrammar(error)) << text << "\n" << error;
    }
  }
  EXPECT_GT(taken, 4000);
}

TEST(GrammarTest, TheParserTakesNothingElse) {
  const Grammar grammar = GrammarReader(ReadEbnf()).Read();
  ASSERT_EQ(grammar.count("expression"), 1u);
  std::mt19937 random(20031215);
  Generator generator(grammar, &random);
  const std::vector<std::string> alphabet = {"a", "1", "'x'", "true", "(",  ")",  ".", ",", "+",
                                             "-", "!", "==",  "<",    "&&", "||", "?", ":"};
  int taken = 0;
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::string> tokens = generator.Sentence();
    if (tokens.size() > 40) continue;
    for (unsigned changes = 1 + random() % 2; changes > 0; --changes) {
      const auto at = tokens.begin() + static_cast<int>(random() % (tokens.size() + 1));
      const std::string& token = alphabet[random() % alphabet.size()];
      if (at == tokens.end() || random() % 3 == 0) {
        tokens.insert(at, token);
      } else if (random() % 2 == 0) {
        *at = token;
      } else {
        tokens.erase(at);
      }
    }
    const std::string text = absl::StrJoin(tokens, " ");
    const std::string error = ErrorOf(text);
    if (IsBesideTheGrammar(error)) continue;
    EXPECT_EQ(Recognizer(grammar, text).Accepts(), error.empty()) << text << "\n" << error;
    ++(error.empty() ? taken : refused);
  }
  EXPECT_GT(taken, 100);
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace sessionbroker::login
