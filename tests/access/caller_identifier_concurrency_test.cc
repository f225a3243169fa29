// What callers show changes hands while calls are identified on many threads.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/access/caller_identifier.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/test_token.h"

namespace sessionbroker::access {
namespace {

using testing::TestTokenKey;

TEST(CallerIdentifierConcurrencyTest, EveryCallIsJudgedByOneSetOfKeysOrTheNext) {
  testing::FakeClock clock;
  const TestTokenKey keys[] = {{TestTokenKey::Kind::kP256, "a"}, {TestTokenKey::Kind::kP256, "b"}};
  const auto trusting = [](const TestTokenKey& key) {
    return IdentitySources{.tokens = std::make_shared<const TokenVerifier>(
                               TokenRules{.issuer = "i", .audience = "a"},
                               KeySet::FromJson(testing::KeySetOf({&key})).value())};
  };
  const auto token_of = [&clock](const TestTokenKey& key, int number) {
    return absl::StrCat("Bearer ",
                        key.Token({{"iss", "i"},
                                   {"aud", "a"},
                                   {"sub", absl::StrCat("system:serviceaccount:prod:crm-", number)},
                                   {"exp", absl::ToUnixSeconds(clock.WallNow()) + 600}}));
  };
  std::vector<std::string> tokens;
  for (int i = 0; i < 8; ++i) tokens.push_back(token_of(keys[i % 2], i));
  CallerIdentifier identifier(trusting(keys[0]), &clock);
  std::atomic<bool> stop{false};
  std::atomic<int> identified{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; !stop; ++i) {
        const std::size_t number = static_cast<std::size_t>(i) % tokens.size();
        const auto call = identifier.Identify(
            {.peer = "ipv4:10.0.0.7:1", .authorizations = 1, .authorization = tokens[number]});
        if (!call.ok()) continue;
        EXPECT_EQ(call->caller.ToString(), absl::StrCat("k8s:prod/crm-", number));
        ++identified;
      }
    });
  }
  // Each set in turn, until each thread has had some of either.
  for (int i = 0; i < 200 || identified < 100; ++i) identifier.Update(trusting(keys[i % 2]));
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sessionbroker::access
