#include "service/sessions/fingerprint.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "service/base/error.h"
#include "service/crypto/digest.h"
#include "service/crypto/hmac.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::HasReason;

using Parts = std::vector<Fingerprint::Part>;

absl::StatusOr<Fingerprint> FingerprintOf(const Parts& parts,
                                          const std::string& key = "broker key") {
  return Fingerprint::Of(parts, [&key](absl::string_view message) {
    return crypto::Hmac(crypto::DigestAlgorithm::kSha256, key, message);
  });
}

const Parts& Login() {
  static const Parts& parts = *new Parts{{"secret.password", "hunter2"},
                                         {"login_name", "admin"},
                                         {"parameter.realm", "north"},
                                         {"base_url", "https://crm.example"},
                                         {"definition", "v1"}};
  return parts;
}

TEST(FingerprintTest, WhatIsAuthenticatedIsEveryTextAfterItsLength) {
  std::string message;
  const auto fingerprint =
      Fingerprint::Of(Parts{{"secret.password", "hunter2"}, {"base_url", "https://crm.example"}},
                      [&message](absl::string_view text) -> absl::StatusOr<secrets::WipedBytes> {
                        message = std::string(text);
                        return secrets::WipedBytes(32);
                      });
  ASSERT_THAT(fingerprint, sessionbroker::testing::IsOk());
  const auto length = [](char low) { return std::string(7, '\0') + low; };
  EXPECT_EQ(message, length(22) + "session-broker latch 1" + length(15) + "secret.password" +
                         length(7) + "hunter2" + length(8) + "base_url" + length(19) +
                         "https://crm.example");
}

TEST(FingerprintTest, TheSamePartsGiveTheSame) {
  SB_ASSERT_OK_AND_ASSIGN(const Fingerprint first, FingerprintOf(Login()));
  SB_ASSERT_OK_AND_ASSIGN(const Fingerprint again, FingerprintOf(Login()));
  EXPECT_TRUE(first == again);
  EXPECT_FALSE(first != again);
}

TEST(FingerprintTest, AnyPartThatChangesChangesIt) {
  SB_ASSERT_OK_AND_ASSIGN(const Fingerprint before, FingerprintOf(Login()));
  for (std::size_t i = 0; i < Login().size(); ++i) {
    Parts value_changed = Login();
    value_changed[i].value = "other";
    SB_ASSERT_OK_AND_ASSIGN(const Fingerprint with_value, FingerprintOf(value_changed));
    EXPECT_TRUE(before != with_value) << Login()[i].label;
    Parts label_changed = Login();
    label_changed[i].label = "other";
    SB_ASSERT_OK_AND_ASSIGN(const Fingerprint with_label, FingerprintOf(label_changed));
    EXPECT_TRUE(before != with_label) << Login()[i].label;
    Parts missing = Login();
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    SB_ASSERT_OK_AND_ASSIGN(const Fingerprint without, FingerprintOf(missing));
    EXPECT_TRUE(before != without) << Login()[i].label;
  }
}

TEST(FingerprintTest, TheKeyChangesIt) {
  SB_ASSERT_OK_AND_ASSIGN(const Fingerprint one, FingerprintOf(Login(), "one key"));
  SB_ASSERT_OK_AND_ASSIGN(const Fingerprint other, FingerprintOf(Login(), "other key"));
  EXPECT_TRUE(one != other);
}

TEST(FingerprintTest, EveryByteOfTheMacCounts) {
  secrets::WipedBytes mac(32);
  const auto give = [&mac](absl::string_view) -> absl::StatusOr<secrets::WipedBytes> {
    return mac;
  };
  SB_ASSERT_OK_AND_ASSIGN(const Fingerprint before, Fingerprint::Of(Login(), give));
  for (std::size_t i = 0; i < mac.size(); ++i) {
    mac[i] = 1;
    SB_ASSERT_OK_AND_ASSIGN(const Fingerprint after, Fingerprint::Of(Login(), give));
    EXPECT_TRUE(before != after) << "byte " << i;
    mac[i] = 0;
  }
}

TEST(FingerprintTest, NoTwoListsAreTheSameMessage) {
  const Parts lists[] = {
      {},
      {{"", ""}},
      {{"", ""}, {"", ""}},
      {{"a", "bc"}},
      {{"ab", "c"}},
      {{"abc", ""}},
      {{"", "abc"}},
      {{"a", "b"}, {"c", ""}},
      {{"a", ""}, {"b", "c"}},
      {{"b", "c"}, {"a", ""}},
      {{"a", absl::string_view("b\0c", 3)}},
      // What two parts are encoded as, as the value of one.
      {{"a", absl::string_view("b\0\0\0\0\0\0\0\1c\0\0\0\0\0\0\0\0", 18)}},
  };
  for (const Parts& one : lists) {
    for (const Parts& other : lists) {
      SB_ASSERT_OK_AND_ASSIGN(const Fingerprint of_one, FingerprintOf(one));
      SB_ASSERT_OK_AND_ASSIGN(const Fingerprint of_other, FingerprintOf(other));
      EXPECT_EQ(of_one == of_other, &one == &other);
    }
  }
}

TEST(FingerprintTest, AMacThatFailsOrIsNoSha256GivesNone) {
  EXPECT_THAT(Fingerprint::Of(Login(),
                              [](absl::string_view) -> absl::StatusOr<secrets::WipedBytes> {
                                return base::MakeError(base::Reason::kStoreUnavailable, "no key");
                              }),
              HasReason(base::Reason::kStoreUnavailable));
  for (const std::size_t size : {0, 31, 33, 64}) {
    EXPECT_THAT(Fingerprint::Of(Login(),
                                [size](absl::string_view) -> absl::StatusOr<secrets::WipedBytes> {
                                  return secrets::WipedBytes(size);
                                }),
                HasReason(base::Reason::kInternal));
  }
}

}  // namespace
}  // namespace sessionbroker::sessions
