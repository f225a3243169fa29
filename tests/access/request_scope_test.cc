#include "service/access/request_scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "service/access/policy.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::testing::StatusIs;
using ::testing::HasSubstr;

calls::Request Asked(std::string method, std::string path, std::vector<calls::Parameter> query = {},
                     calls::Body body = {}) {
  return {.method = std::move(method),
          .path = std::move(path),
          .query = std::move(query),
          .headers = {},
          .body = std::move(body)};
}

TEST(RequestScopeTest, WithoutLimitsEveryRequestIsCovered) {
  SB_ASSERT_OK_AND_ASSIGN(const RequestScope scope, RequestScope::Create({}));
  EXPECT_TRUE(scope.Covers(Asked("GET", "/")));
  EXPECT_TRUE(scope.Covers(Asked("DELETE", "/a", {{"b", "c"}}, calls::RawBody{"d"})));
}

TEST(RequestScopeTest, OnlyItsMethodsAreCovered) {
  SB_ASSERT_OK_AND_ASSIGN(const RequestScope scope,
                          RequestScope::Create({.methods = {"GET", "PUT"}}));
  EXPECT_TRUE(scope.Covers(Asked("GET", "/")));
  EXPECT_TRUE(scope.Covers(Asked("PUT", "/")));
  for (const char* method : {"POST", "DELETE", "get", "", "GET ", "PUTT"}) {
    EXPECT_FALSE(scope.Covers(Asked(method, "/"))) << method;
  }
}

TEST(RequestScopeTest, APrefixEndsWhereASegmentEnds) {
  const struct {
    const char* prefix;
    const char* path;
    bool covered;
  } kCases[] = {
      {"/api", "/api", true},        {"/api", "/api/", true},      {"/api", "/api/x", true},
      {"/api", "/apix", false},      {"/api", "/api;x", false},    {"/api", "/ap", false},
      {"/api", "/API", false},       {"/api", "/x/api", false},    {"/api/", "/api/x", true},
      {"/api/", "/api", false},      {"/api/", "/api/", true},     {"/", "/anything", true},
      {"/api/r", "/api/%72", false}, {"/a.php", "/a.php/x", true}, {"/a.php", "/a%2ephp", false},
  };
  for (const auto& c : kCases) {
    SB_ASSERT_OK_AND_ASSIGN(const RequestScope scope,
                            RequestScope::Create({.path_prefixes = {"/none", c.prefix}}));
    EXPECT_EQ(scope.Covers(Asked("GET", c.path)), c.covered) << c.prefix << " and " << c.path;
  }
}

TEST(RequestScopeTest, ANamedParameterMustBeThereOnceWithAValueAllowed) {
  SB_ASSERT_OK_AND_ASSIGN(
      const RequestScope scope,
      RequestScope::Create({.parameters = {{"operation", {"query", "retrieve*"}}}}));
  const calls::Parameter good = {"operation", "query"};
  const calls::Parameter bad = {"operation", "delete"};
  EXPECT_TRUE(scope.Covers(Asked("GET", "/", {good})));
  EXPECT_TRUE(scope.Covers(Asked("GET", "/", {{"x", "y"}, {"operation", "retrieve_related"}})));
  EXPECT_TRUE(scope.Covers(Asked("POST", "/", {}, calls::FormBody{{good}})));
  const std::pair<const char*, calls::Request> refused[] = {
      {"none", Asked("GET", "/")},
      {"another value", Asked("GET", "/", {bad})},
      {"a longer value", Asked("GET", "/", {{"operation", "query2"}})},
      {"an empty value", Asked("GET", "/", {{"operation", ""}})},
      {"twice", Asked("GET", "/", {good, good})},
      {"twice, one not allowed", Asked("GET", "/", {good, bad})},
      {"in query and form", Asked("POST", "/", {good}, calls::FormBody{{bad}})},
      {"under a name that PHP reads alike", Asked("GET", "/", {good, {"operation[]", "delete"}})},
      {"in other case", Asked("GET", "/", {{"Operation", "query"}})},
      {"with a body that may hold it",
       Asked("POST", "/", {good}, calls::RawBody{"operation=delete"})},
  };
  for (const auto& [what, request] : refused) EXPECT_FALSE(scope.Covers(request)) << what;
}

TEST(RequestScopeTest, LimitsThatCannotBeMeantAreRefused) {
  const std::pair<RequestLimits, const char*> kCases[] = {
      {{.methods = {"GET", "get"}}, "methods"},
      {{.methods = {"HEAD"}}, "methods"},
      {{.path_prefixes = {""}}, "path_prefixes"},
      {{.path_prefixes = {"api"}}, "path_prefixes"},
      {{.path_prefixes = {"/a/../b"}}, "path_prefixes"},
      {{.path_prefixes = {"/a?b=c"}}, "path_prefixes"},
      {{.path_prefixes = {"https://crm.example/"}}, "path_prefixes"},
      {{.parameters = {{"operation", {}}}}, "parameters"},
  };
  for (const auto& [limits, field] : kCases) {
    EXPECT_THAT(RequestScope::Create(limits).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(field)));
  }
}

TEST(PolicyTest, ARuleWithLimitsAllowsItsRequestsOnly) {
  SB_ASSERT_OK_AND_ASSIGN(const Policy policy,
                          Policy::Create({
                              {.callers = {"loopback"},
                               .accounts = {"vtiger/*"},
                               .actions = {Action::kCall},
                               .requests = {.methods = {"GET"}, .path_prefixes = {"/read"}}},
                              {.callers = {"loopback"},
                               .accounts = {"vtiger/main"},
                               .actions = {Action::kCall},
                               .requests = {.methods = {"POST"}, .path_prefixes = {"/write"}}},
                          }));
  const Call call;
  const auto may = [&](base::AccountIdView account, const char* method, const char* path) {
    return policy.AllowsRequest(call, Action::kCall, account, Asked(method, path)) != nullptr;
  };
  EXPECT_TRUE(may({"vtiger", "main"}, "GET", "/read"));
  EXPECT_TRUE(may({"vtiger", "main"}, "POST", "/write"));
  // What two rules allow in part, neither allows.
  EXPECT_FALSE(may({"vtiger", "main"}, "POST", "/read"));
  EXPECT_FALSE(may({"vtiger", "other"}, "POST", "/write"));
  EXPECT_FALSE(may({"abms", "main"}, "GET", "/read"));
  EXPECT_EQ(policy.AllowsRequest(call, Action::kSign, {"vtiger", "main"}, Asked("GET", "/read")),
            nullptr);
}

}  // namespace
}  // namespace sessionbroker::access
