#include "service/http/fresh_origins.h"

#include <gtest/gtest.h>

namespace sessionbroker::http {
namespace {

const Origin kA{.scheme = "https", .host = "a.example", .port = 443};
const Origin kB{.scheme = "https", .host = "a.example", .port = 444};
constexpr base::BootTime kNow(absl::Hours(1));

TEST(FreshOriginsTest, OriginIsRememberedForTenMinutes) {
  FreshOrigins origins;
  EXPECT_FALSE(origins.Contains(kA, kNow));
  origins.Add(kA, kNow);
  EXPECT_TRUE(origins.Contains(kA, kNow));
  EXPECT_FALSE(origins.Contains(kB, kNow));
  EXPECT_TRUE(origins.Contains(kA, kNow + absl::Minutes(10) - absl::Nanoseconds(1)));
  EXPECT_FALSE(origins.Contains(kA, kNow + absl::Minutes(10)));
}

TEST(FreshOriginsTest, AnotherLossProlongsTheMemory) {
  FreshOrigins origins;
  origins.Add(kA, kNow);
  origins.Add(kA, kNow + absl::Minutes(9));
  EXPECT_TRUE(origins.Contains(kA, kNow + absl::Minutes(18)));
}

}  // namespace
}  // namespace sessionbroker::http
