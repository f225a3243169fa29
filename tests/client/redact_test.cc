#include "client/brokerctl/redact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sessionbroker::brokerctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RedactTest, OfALongSecretTheFirstFourCharactersStay) {
  const struct {
    const char* secret;
    const char* shown;
  } rows[] = {
      {"", ""},
      {"a", "…"},
      {"123456789012345", "…"},
      {"1234567890123456", "1234…"},
      {"4bf00a36d8a9bca12ff7", "4bf0…"},
      {"12€4567890123456", "12…"},
  };
  for (const auto& row : rows) EXPECT_EQ(Shortened(row.secret), row.shown);
}

TEST(RedactTest, TheIdDisappearsFromEveryPlace) {
  const std::string id = "4bf00a36d8a9bca12ff7";
  v1::Session session;
  session.set_id(id);
  session.set_base_url("https://crm.example/s/" + id + "/rest");
  (*session.mutable_attributes())["link"] = "/login?sid=" + id;
  (*session.mutable_attributes())["user_id"] = "19x1";
  for (const std::string& value : {id, "Bearer " + id, "sid=" + id + "; path=/"}) {
    session.add_attachments()->set_value(value);
  }
  Redact(&session);
  EXPECT_THAT(session.DebugString(), Not(HasSubstr("0a36d8")));
  EXPECT_EQ(session.id(), "4bf0…");
  EXPECT_EQ(session.attachments(0).value(), "4bf0…");
  EXPECT_EQ(session.attachments(1).value(), "Bearer 4bf0…");
  EXPECT_EQ(session.attachments(2).value(), "sid=…");
  EXPECT_EQ(session.attributes().at("link"), "/login?sid=4bf0…");
  EXPECT_EQ(session.attributes().at("user_id"), "19x1");
  EXPECT_EQ(session.base_url(), "https://crm.example/s/4bf0…/rest");
}

TEST(RedactTest, ValuesThatAreNotTheIdAreBearerSecretsToo) {
  v1::Session session;
  session.set_id("1");
  session.add_attachments()->set_value("a-second-token-of-the-login");
  Redact(&session);
  EXPECT_EQ(session.attachments(0).value(), "a-se…");
}

}  // namespace
}  // namespace sessionbroker::brokerctl
