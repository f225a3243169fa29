#include "service/access/caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "service/access/caller_pattern.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::testing::StatusIs;
using ::testing::HasSubstr;

TEST(CallerTest, NamesAreReadAsTheyAreWritten) {
  const struct {
    std::string text;
    Caller::Kind kind;
  } kCases[] = {
      {"loopback", Caller::Kind::kLoopback},
      {"spiffe://example.org/ns/prod/sa/crm", Caller::Kind::kSpiffe},
      {"spiffe://a-b_c.1/A.b-C_9", Caller::Kind::kSpiffe},
      {"spiffe://a/...", Caller::Kind::kSpiffe},
      {"dns:crm.prod.example", Caller::Kind::kDns},
      {"dns:localhost", Caller::Kind::kDns},
      {"dns:_a.b-1", Caller::Kind::kDns},
      {absl::StrCat("dns:", std::string(63, 'a')), Caller::Kind::kDns},
      {"k8s:prod/crm", Caller::Kind::kKubernetes},
      {"k8s:prod-1/crm.v2", Caller::Kind::kKubernetes},
      {"unix:php", Caller::Kind::kUnix},
      {absl::StrCat("unix:", std::string(64, 'A')), Caller::Kind::kUnix},
      {absl::StrCat("spiffe://a/", std::string(2048 - 11, 'a')), Caller::Kind::kSpiffe},
  };
  for (const auto& c : kCases) {
    SB_ASSERT_OK_AND_ASSIGN(const Caller caller, Caller::Parse(c.text));
    EXPECT_EQ(caller.ToString(), c.text);
    EXPECT_EQ(caller.kind(), c.kind) << c.text;
    EXPECT_EQ(caller, Caller::Parse(c.text).value());
  }
}

TEST(CallerTest, WhatNamesNobodyIsRefused) {
  for (const std::string& text : {
           std::string(),
           std::string("loopback "),
           std::string("Loopback"),
           std::string("*"),
           std::string("crm"),
           std::string("cn:crm"),
           std::string("spiffe://"),
           std::string("spiffe://example.org"),
           std::string("spiffe://example.org/"),
           std::string("spiffe:///crm"),
           std::string("spiffe://example.org/a/"),
           std::string("spiffe://example.org/a//b"),
           std::string("spiffe://example.org/a/../b"),
           std::string("spiffe://example.org/./b"),
           std::string("spiffe://example.org/a%2fb"),
           std::string("spiffe://example.org/a?b"),
           std::string("spiffe://example.org/*"),
           std::string("spiffe://Example.org/a"),
           std::string("spiffe://example.org:80/a"),
           std::string("spiffe://me@example.org/a"),
           std::string("SPIFFE://example.org/a"),
           std::string("https://example.org/a"),
           std::string("spiffe://example.org/a\n"),
           std::string("spiffe://example.org/a\0b", 24),
           absl::StrCat("spiffe://a/", std::string(2048 - 10, 'a')),
           absl::StrCat("spiffe://", std::string(256, 'a'), "/a"),
           std::string("dns:"),
           std::string("dns:Crm.example"),
           std::string("dns:*.example"),
           std::string("dns:crm.example."),
           std::string("dns:.example"),
           std::string("dns:-crm"),
           std::string("dns:crm-"),
           std::string("dns:crm..example"),
           std::string("dns:crm/example"),
           std::string("dns:crm\0.example", 16),
           absl::StrCat("dns:", std::string(64, 'a')),
           absl::StrCat("dns:", std::string(63, 'a'), ".", std::string(63, 'a'), ".",
                        std::string(63, 'a'), ".", std::string(62, 'a')),
           std::string("k8s:prod"),
           std::string("k8s:/crm"),
           std::string("k8s:prod/"),
           std::string("k8s:prod/crm/x"),
           std::string("k8s:prod.x/crm"),
           std::string("k8s:Prod/crm"),
           std::string("k8s:prod/crm:x"),
           std::string("unix:"),
           std::string("unix:a/b"),
           std::string("unix:a b"),
           absl::StrCat("unix:", std::string(65, 'a')),
       }) {
    EXPECT_THAT(Caller::Parse(text).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"loopback\"")))
        << text;
  }
}

TEST(CallerPatternTest, AStarStandsForARunWithinOnePart) {
  const struct {
    const char* pattern;
    const char* caller;
    bool matches;
  } kCases[] = {
      {"loopback", "loopback", true},
      {"loopback", "unix:loopback", false},
      {"spiffe://a.example/crm", "spiffe://a.example/crm", true},
      {"spiffe://a.example/crm", "spiffe://a.example/crm/x", false},
      {"spiffe://a.example/crm", "spiffe://a.example.org/crm", false},
      {"spiffe://a.example/ns/*/sa/crm", "spiffe://a.example/ns/prod/sa/crm", true},
      {"spiffe://a.example/ns/*/sa/crm", "spiffe://a.example/ns/x/sa/y/sa/crm", false},
      {"spiffe://a.example/*", "spiffe://a.example/crm", true},
      {"spiffe://a.example/*", "spiffe://a.example/ns/crm", false},
      {"spiffe://a.example/crm-*", "spiffe://a.example/crm-1", true},
      {"dns:*.prod.example", "dns:crm.prod.example", true},
      {"dns:*.prod.example", "dns:a.b.prod.example", false},
      {"dns:*.prod.example", "dns:prod.example", false},
      {"dns:crm-*.example", "dns:crm-7.example", true},
      {"k8s:prod/*", "k8s:prod/crm", true},
      {"k8s:prod/*", "k8s:prod2/crm", false},
      {"k8s:prod-*/crm", "k8s:prod-eu/crm", true},
      {"k8s:*/*", "k8s:a/b", true},
      {"unix:*", "unix:php", true},
      {"unix:*", "loopback", false},
  };
  for (const auto& c : kCases) {
    SB_ASSERT_OK_AND_ASSIGN(const CallerPattern pattern, CallerPattern::Create(c.pattern));
    EXPECT_EQ(pattern.Matches(Caller::Parse(c.caller).value()), c.matches)
        << c.pattern << " against " << c.caller;
  }
}

TEST(CallerPatternTest, WhatNoCallerCanMatchIsRefused) {
  for (const char* pattern :
       {"", "*", "loop*", "loopb*ck", "spiffe://*", "spiffe://*/crm", "spiffe://*.example/crm",
        "spiffe://a.example", "spiffe://a.example/", "spiffe://a.example/*/", "*://a.example/b",
        "dns:", "dns:*..x", "k8s:*", "k8s:*/*/*", "unix:a/*", "spiffe://a.example/a?"}) {
    EXPECT_EQ(CallerPattern::Create(pattern).status().code(), absl::StatusCode::kInvalidArgument)
        << pattern;
  }
}

}  // namespace
}  // namespace sessionbroker::access
