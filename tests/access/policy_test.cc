#include "service/access/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Rule LoopbackRule(std::vector<std::string> accounts, std::vector<Action> actions) {
  return {.callers = {"loopback"}, .accounts = std::move(accounts), .actions = std::move(actions)};
}

bool IsAllowed(const Policy& policy, Action action, base::AccountIdView account) {
  const Call loopback;
  return policy.Allows(loopback, action, account) != nullptr;
}

Call CallBy(absl::string_view caller) { return {.caller = Caller::Parse(caller).value()}; }

TEST(PolicyTest, WithoutARuleNothingIsAllowed) {
  SB_ASSERT_OK_AND_ASSIGN(const Policy policy, Policy::Create({}));
  EXPECT_FALSE(IsAllowed(policy, Action::kGet, {"vtiger", "crm"}));
  EXPECT_FALSE(IsAllowed(policy, Action::kList, {"vtiger", "crm"}));
}

TEST(PolicyTest, ARuleAllowsItsActionsOnItsAccountsOnly) {
  SB_ASSERT_OK_AND_ASSIGN(const Policy policy,
                          Policy::Create({
                              LoopbackRule({"vtiger/crm-*", "abms/main"}, {Action::kGet}),
                              LoopbackRule({"vtiger/*"}, {Action::kList}),
                              LoopbackRule({"tip*/*"}, {Action::kGet, Action::kList}),
                          }));
  const struct {
    Action action;
    base::AccountIdView account;
    bool allowed;
  } kCases[] = {
      {Action::kGet, {"vtiger", "crm-main"}, true},
      {Action::kGet, {"vtiger", "crm-"}, true},
      {Action::kGet, {"vtiger", "crm"}, false},
      {Action::kGet, {"vtiger", "xcrm-main"}, false},
      {Action::kGet, {"abms", "main"}, true},
      {Action::kGet, {"abms", "main2"}, false},
      {Action::kGet, {"abms2", "main"}, false},
      {Action::kGet, {"vtiger", "shop"}, false},
      {Action::kGet, {"", ""}, false},
      {Action::kList, {"vtiger", "shop"}, true},
      {Action::kList, {"vtiger", "crm-main"}, true},
      {Action::kList, {"abms", "main"}, false},
      {Action::kGet, {"tipmoto", "x"}, true},
      {Action::kList, {"tipmoto", "x"}, true},
      {Action::kList, {"ti", "p"}, false},
      // Names run into each other only within one of the two.
      {Action::kGet, {"vtiger/crm-", "x"}, false},
      {Action::kGet, {"vtiger/crm-x", ""}, false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(IsAllowed(policy, c.action, c.account), c.allowed)
        << (c.action == Action::kGet ? "get " : "list ") << c.account.ToString();
  }
}

TEST(PolicyTest, ARuleThatCannotBeMeantIsRefusedByItsIndex) {
  const struct {
    const char* name;
    Rule rule;
    const char* says;
  } kCases[] = {
      {"no caller", {.callers = {}, .accounts = {"a/b"}, .actions = {Action::kGet}}, "no caller"},
      {"no account", LoopbackRule({}, {Action::kGet}), "no account"},
      {"no action", LoopbackRule({"a/b"}, {}), "no action"},
      {"unknown caller",
       {.callers = {"loopbak"}, .accounts = {"a/b"}, .actions = {Action::kGet}},
       "\"loopbak\""},
      {"any caller", {.callers = {"*"}, .accounts = {"a/b"}, .actions = {Action::kGet}}, "\"*\""},
      {"no slash", LoopbackRule({"*"}, {Action::kGet}), "\"*\""},
      {"no provider", LoopbackRule({"/b"}, {Action::kGet}), "\"/b\""},
      {"no account name", LoopbackRule({"a/"}, {Action::kGet}), "\"a/\""},
      {"two slashes", LoopbackRule({"a/b/c"}, {Action::kGet}), "\"a/b/c\""},
      {"upper-case provider", LoopbackRule({"A/b"}, {Action::kGet}), "\"A/b\""},
      {"a question mark", LoopbackRule({"a/b?"}, {Action::kGet}), "\"a/b?\""},
      {"a blank", LoopbackRule({"a/b "}, {Action::kGet}), "\"a/b \""},
      {"a control character", LoopbackRule({"a/b\n"}, {Action::kGet}), "\"a/b\\n\""},
      {"the second of two", LoopbackRule({"a/b", "c"}, {Action::kGet}), "\"c\""},
  };
  for (const auto& c : kCases) {
    EXPECT_THAT(Policy::Create({LoopbackRule({"*/*"}, {Action::kGet}), c.rule}).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("rules[1]"), HasSubstr(c.says))))
        << c.name;
  }
}

TEST(PolicyTest, EveryCharacterOfANameMayStandInAPattern) {
  SB_ASSERT_OK_AND_ASSIGN(const Policy policy,
                          Policy::Create({LoopbackRule({"a-b_9/Az09._-@+"}, {Action::kGet})}));
  EXPECT_TRUE(IsAllowed(policy, Action::kGet, {"a-b_9", "Az09._-@+"}));
}

TEST(PolicyTest, WhatBelongsToNoAccountTakesARuleForAllAccounts) {
  const struct {
    const char* what;
    std::vector<Rule> rules;
    bool allowed;
  } kCases[] = {
      {"no rule", {}, false},
      {"all accounts", {LoopbackRule({"*/*"}, {Action::kOperate})}, true},
      {"among others", {LoopbackRule({"abms/x", "*/*"}, {Action::kGet, Action::kOperate})}, true},
      {"other actions", {LoopbackRule({"*/*"}, {Action::kGet, Action::kList})}, false},
      {"one provider", {LoopbackRule({"icash/*"}, {Action::kOperate})}, false},
      {"not in one rule",
       {LoopbackRule({"*/*"}, {Action::kGet}), LoopbackRule({"icash/*"}, {Action::kOperate})},
       false},
  };
  const Call loopback;
  for (const auto& c : kCases) {
    SB_ASSERT_OK_AND_ASSIGN(const Policy policy, Policy::Create(c.rules));
    EXPECT_EQ(policy.AllowsEverywhere(loopback, Action::kOperate) != nullptr, c.allowed) << c.what;
  }
}

TEST(PolicyTest, ARuleIsForItsCallersOnly) {
  const std::vector<std::string> callers = {"loopback", "spiffe://prod.example/crm",
                                            "dns:crm.prod.example", "k8s:prod/crm", "unix:crm"};
  for (const std::string& meant : callers) {
    SB_ASSERT_OK_AND_ASSIGN(
        const Policy policy,
        Policy::Create({{.callers = {meant}, .accounts = {"*/*"}, .actions = {Action::kGet}}}));
    for (const std::string& caller : callers) {
      const Call call = CallBy(caller);
      EXPECT_EQ(policy.Allows(call, Action::kGet, {"a", "b"}) != nullptr, caller == meant)
          << meant << " against " << caller;
    }
  }
}

TEST(PolicyTest, OfATokenAndACertificateARuleMeansOne) {
  SB_ASSERT_OK_AND_ASSIGN(
      const Policy policy,
      Policy::Create({
          {.callers = {"k8s:prod/crm"}, .accounts = {"by/token"}, .actions = {Action::kGet}},
          {.callers = {"dns:mesh"}, .accounts = {"by/certificate"}, .actions = {Action::kGet}},
          {.callers = {"dns:mesh", "k8s:*/*"}, .accounts = {"by/any"}, .actions = {Action::kGet}},
          {.callers = {"dns:mesh"}, .accounts = {"by/both"}, .actions = {Action::kGet}},
          {.callers = {"k8s:prod/crm"}, .accounts = {"by/both"}, .actions = {Action::kList}},
      }));
  Call call = CallBy("k8s:prod/crm");
  call.certificate = Caller::Parse("dns:mesh").value();
  EXPECT_EQ(policy.Allows(call, Action::kGet, {"by", "token"}), &call.caller);
  EXPECT_EQ(policy.Allows(call, Action::kGet, {"by", "certificate"}), &*call.certificate);
  EXPECT_EQ(policy.Allows(call, Action::kGet, {"by", "any"}), &call.caller);
  EXPECT_EQ(policy.Allows(call, Action::kGet, {"by", "both"}), &*call.certificate);
  EXPECT_EQ(policy.Allows(call, Action::kList, {"by", "both"}), &call.caller);
  EXPECT_EQ(policy.Allows(call, Action::kGet, {"by", "none"}), nullptr);
}

TEST(PolicyTest, AnExplanationNamesTheRuleThatDecides) {
  SB_ASSERT_OK_AND_ASSIGN(const Policy policy, Policy::Create({
                                                   {.callers = {"k8s:*/*"},
                                                    .accounts = {"abms/*"},
                                                    .actions = {Action::kGet},
                                                    .requests = {},
                                                    .name = "first"},
                                                   {.callers = {"k8s:prod/*"},
                                                    .accounts = {"vtiger/*"},
                                                    .actions = {Action::kGet, Action::kList},
                                                    .requests = {},
                                                    .name = "second"},
                                                   {.callers = {"k8s:prod/crm"},
                                                    .accounts = {"*/*"},
                                                    .actions = {Action::kGet, Action::kSign},
                                                    .requests = {},
                                                    .name = "third"},
                                                   {.callers = {"loopback"},
                                                    .accounts = {"*/*"},
                                                    .actions = {Action::kGet},
                                                    .requests = {},
                                                    .name = "fourth"},
                                               }));
  const auto rule_for = [](const Explanation& explanation, Action action) {
    return explanation.rules[static_cast<std::size_t>(action)];
  };
  const Explanation crm = policy.Explain(CallBy("k8s:prod/crm").caller, {"vtiger", "main"});
  EXPECT_EQ(rule_for(crm, Action::kGet), "second");
  EXPECT_EQ(rule_for(crm, Action::kList), "second");
  EXPECT_EQ(rule_for(crm, Action::kSign), "third");
  EXPECT_EQ(rule_for(crm, Action::kCall), "");
  EXPECT_THAT(crm.for_other_accounts, ElementsAre("first"));
  const Explanation nobody = policy.Explain(CallBy("dns:crm").caller, {"vtiger", "main"});
  EXPECT_THAT(nobody.rules, Each(""));
  EXPECT_THAT(nobody.for_other_accounts, IsEmpty());
}

}  // namespace
}  // namespace sessionbroker::access
