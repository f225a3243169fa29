#include "service/base/account_id.h"

#include <gtest/gtest.h>

#include "absl/hash/hash.h"

namespace sessionbroker::base {
namespace {

TEST(AccountIdTest, PartsDoNotRunTogether) {
  const AccountId id{"ab", "c"};
  const AccountId other{"a", "bc"};
  EXPECT_EQ(id.ToString(), "ab/c");
  EXPECT_FALSE(id == other);
  EXPECT_NE(absl::HashOf(id), absl::HashOf(other));
}

TEST(AccountIdTest, OrderIsByProviderFirst) {
  EXPECT_LT((AccountId{"a", "z"}), (AccountId{"b", "a"}));
  EXPECT_LT((AccountId{"a", "a"}), (AccountId{"a", "b"}));
  EXPECT_FALSE((AccountId{"a", "a"}) < (AccountId{"a", "a"}));
}

TEST(AccountIdTest, BorrowedNameIsTheSameKey) {
  const AccountId id{"abms", "ann"};
  EXPECT_EQ(AccountIdView("abms", "ann"), AccountIdView(id));
  EXPECT_EQ(absl::HashOf(AccountIdView("abms", "ann")), absl::HashOf(id));
  EXPECT_EQ(AccountIdView(id).ToString(), id.ToString());
}

}  // namespace
}  // namespace sessionbroker::base
