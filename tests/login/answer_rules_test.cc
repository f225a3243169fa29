#include "service/login/answer_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/login/answers.h"

namespace sessionbroker::login {
namespace {

Condition On(absl::string_view source) {
  return Condition{SourceOf(source), {}, {}, std::nullopt, std::nullopt, std::nullopt};
}
Condition Is(absl::string_view source, std::vector<std::string> values) {
  Condition condition = On(source);
  condition.is = std::move(values);
  return condition;
}
Condition Contains(absl::string_view source, std::vector<std::string> parts) {
  Condition condition = On(source);
  condition.contains = std::move(parts);
  return condition;
}
Condition Absent(absl::string_view source, bool absent) {
  Condition condition = On(source);
  condition.absent = absent;
  return condition;
}
Condition Between(absl::string_view source, std::optional<int64_t> least,
                  std::optional<int64_t> most) {
  Condition condition = On(source);
  condition.at_least = least;
  condition.at_most = most;
  return condition;
}

bool Holds(const Condition& condition, int status, const std::string& body) {
  const http::Response response = Response(status, body);
  const std::vector<Source> sources = {condition.source};
  return Holds(condition, Answer::Read(response, sources));
}

TEST(AnswerRulesTest, ConditionsTestOneValue) {
  const std::string body =
      R"({"ok":true,"code":"DENIED","n":12,"text":"12","big":1e3,"none":null,"o":{"a":1}})";
  struct Case {
    const char* what;
    Condition condition;
    bool holds;
  };
  for (const Case& c : std::vector<Case>{
           {"equal text", Is("json:/code", {"DENIED"}), true},
           {"one of several", Is("json:/code", {"A", "DENIED"}), true},
           {"other text", Is("json:/code", {"denied"}), false},
           {"true as it is written", Is("json:/ok", {"true"}), true},
           {"a number as it is written", Is("json:/n", {"12"}), true},
           {"another spelling of the number", Is("json:/big", {"1000"}), false},
           {"missing", Is("json:/x", {""}), false},
           {"null is missing", Is("json:/none", {"null"}), false},
           {"a container has no text", Is("json:/o", {""}), false},
           {"a status", Is("status", {"200"}), true},
           {"part of a text", Contains("json:/code", {"NIE"}), true},
           {"one of several parts", Contains("json:/code", {"x", "DEN"}), true},
           {"no part", Contains("json:/code", {"den"}), false},
           {"part of the body", Contains("body", {"\"code\":\"DENIED\""}), true},
           {"part of what is missing", Contains("json:/x", {"a"}), false},
           {"at least", Between("json:/n", 12, std::nullopt), true},
           {"below", Between("json:/n", 13, std::nullopt), false},
           {"at most", Between("json:/n", std::nullopt, 12), true},
           {"above", Between("json:/n", std::nullopt, 11), false},
           {"between", Between("status", 200, 299), true},
           {"an integer in text", Between("json:/text", 12, 12), true},
           {"no integer", Between("json:/code", 0, std::nullopt), false},
           {"an integer in another spelling", Between("json:/big", 0, std::nullopt), false},
           {"absent", Absent("json:/x", true), true},
           {"null is absent", Absent("json:/none", true), true},
           {"not absent", Absent("json:/n", true), false},
           {"there", Absent("json:/n", false), true},
           {"a container is there", Absent("json:/o", false), true},
           {"not there", Absent("json:/x", false), false},
       }) {
    EXPECT_EQ(Holds(c.condition, 200, body), c.holds) << c.what;
  }
}

TEST(AnswerRulesTest, WhatIsNotJsonHasNoJsonValues) {
  EXPECT_TRUE(Holds(Absent("json:/ok", true), 200, "text"));
  EXPECT_FALSE(Holds(Is("json:/ok", {"true"}), 200, "{\"ok\":true"));
  EXPECT_TRUE(Holds(Is("body", {"text"}), 200, "text"));
}

TEST(AnswerRulesTest, AllTestsOfAConditionMustHold) {
  Condition condition = Is("json:/n", {"12", "14"});
  condition.at_least = 13;
  EXPECT_FALSE(Holds(condition, 200, R"({"n":12})"));
  EXPECT_TRUE(Holds(condition, 200, R"({"n":14})"));
}

TEST(AnswerRulesTest, TheFirstRuleDecidesWhoseConditionsAllHold) {
  const std::vector<AnswerRule> rules = {
      {{Is("status", {"200"}), Is("json:/ok", {"true"})}, Outcome::kOk, Outcome::kTransient},
      {{Is("status", {"200"})}, Outcome::kPermanent, Outcome::kTransient},
      {{Between("status", 500, std::nullopt)}, Outcome::kTransient, Outcome::kTransient},
  };
  const std::vector<Source> sources = {SourceOf("status"), SourceOf("json:/ok")};
  const auto first = [&](int status, const std::string& body) {
    const http::Response response = Response(status, body);
    return FirstRuleThatHolds(rules, Answer::Read(response, sources));
  };
  EXPECT_EQ(first(200, R"({"ok":true})"), 0u);
  EXPECT_EQ(first(200, R"({"ok":false})"), 1u);
  EXPECT_EQ(first(503, ""), 2u);
  EXPECT_EQ(first(404, R"({"ok":true})"), std::nullopt);
}

TEST(AnswerRulesTest, ARuleWithoutConditionsAlwaysHolds) {
  const std::vector<AnswerRule> rules = {{{}, Outcome::kOk, Outcome::kTransient}};
  const http::Response response = Response(418, "");
  EXPECT_EQ(FirstRuleThatHolds(rules, Answer::Read(response, {})), 0u);
}

}  // namespace
}  // namespace sessionbroker::login
