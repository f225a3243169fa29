#include "service/rpc/session_encoding.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "service/base/error.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;

sessions::Session MinimalSession() {
  sessions::Session session;
  session.id = {"vtiger", "crm-main"};
  session.grant.id = secrets::Secret("4bf00a36");
  session.base_url = "https://crm.example/webservice.php";
  session.version = 1795219200000000;
  session.issue_time = absl::FromUnixSeconds(1795219200);
  return session;
}

v1::GetSessionResponse FromJson(const std::string& json) {
  v1::GetSessionResponse response;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &response);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return response;
}

v1::GetSessionResponse Encoded(const sessions::Session& session) {
  v1::GetSessionResponse response;
  EXPECT_TRUE(response.ParseFromString(EncodeSession(session)));
  return response;
}

#define EXPECT_PROTO_EQ(actual, expected)                   \
  EXPECT_TRUE(MessageDifferencer::Equals(actual, expected)) \
      << (actual).DebugString() << "\nis not\n"             \
      << (expected).DebugString()

TEST(SessionEncodingTest, WhatASessionDoesNotHaveStaysUnset) {
  EXPECT_PROTO_EQ(Encoded(MinimalSession()), FromJson(R"json({"session": {
      "provider": "vtiger", "account": "crm-main", "id": "4bf00a36",
      "version": "1795219200000000", "issueTime": "2026-11-21T00:00:00Z",
      "baseUrl": "https://crm.example/webservice.php", "constraints": {}}})json"));
}

TEST(SessionEncodingTest, EveryPartOfASessionReachesTheMessage) {
  sessions::Session session = MinimalSession();
  session.issue_time = absl::FromUnixMillis(1795219200250);
  session.expire_time = absl::FromUnixSeconds(1795219200) + absl::Seconds(270);
  session.grant.idle = absl::Milliseconds(300500);
  session.grant.attributes = {{"user_id", "19x1"}, {"version", "0.22"}};
  session.grant.attachments.push_back(
      {login::Location::kQuery, "sessionName", secrets::Secret("4bf00a36"), {"GET"}});
  session.grant.attachments.push_back(
      {login::Location::kForm, "sessionName", secrets::Secret("4bf00a36"), {"POST", "PUT"}});
  session.grant.bound_user_agent = "session-broker/1";
  session.grant.bound_to_address = true;
  session.egress = "nat-1";
  session.grant.signing_required = true;

  EXPECT_PROTO_EQ(Encoded(session), FromJson(R"json({"session": {
      "provider": "vtiger", "account": "crm-main", "id": "4bf00a36",
      "version": "1795219200000000", "issueTime": "2026-11-21T00:00:00.250Z",
      "expireTime": "2026-11-21T00:04:30Z", "idleTimeout": "300.500s",
      "baseUrl": "https://crm.example/webservice.php",
      "attributes": {"user_id": "19x1", "version": "0.22"},
      "attachments": [
        {"location": "LOCATION_QUERY", "name": "sessionName", "value": "4bf00a36",
         "methods": ["GET"]},
        {"location": "LOCATION_FORM", "name": "sessionName", "value": "4bf00a36",
         "methods": ["POST", "PUT"]}],
      "constraints": {"userAgent": "session-broker/1", "egress": "nat-1",
                      "signingRequired": true}}})json"));
}

TEST(SessionEncodingTest, EveryLocationHasItsOwnValue) {
  const struct {
    login::Location location;
    v1::Attachment::Location expected;
  } rows[] = {
      {login::Location::kQuery, v1::Attachment::LOCATION_QUERY},
      {login::Location::kHeader, v1::Attachment::LOCATION_HEADER},
      {login::Location::kCookie, v1::Attachment::LOCATION_COOKIE},
      {login::Location::kForm, v1::Attachment::LOCATION_FORM},
      {login::Location::kJsonPointer, v1::Attachment::LOCATION_JSON_POINTER},
      {login::Location::kPathSegment, v1::Attachment::LOCATION_PATH_SEGMENT},
  };
  for (const auto& row : rows) {
    sessions::Session session = MinimalSession();
    session.grant.attachments.push_back({row.location, "name", secrets::Secret("value"), {}});
    EXPECT_EQ(Encoded(session).session().attachments(0).location(), row.expected);
  }
}

TEST(SessionEncodingTest, AWatcherReadsTheBytesOfAGet) {
  v1::WatchSessionResponse watched;
  ASSERT_TRUE(watched.ParseFromString(EncodeSession(MinimalSession())));
  EXPECT_PROTO_EQ(watched.session(), Encoded(MinimalSession()).session());
  EXPECT_TRUE(v1::WatchSessionResponse::GetReflection()->GetUnknownFields(watched).empty());
}

v1::WatchSessionResponse Encoded(const sessions::Outage& outage) {
  v1::WatchSessionResponse response;
  EXPECT_TRUE(response.ParseFromString(EncodeOutage(outage)));
  return response;
}

v1::WatchSessionResponse WatchedFromJson(const std::string& json) {
  v1::WatchSessionResponse response;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &response);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return response;
}

TEST(OutageEncodingTest, AnOutageTellsReasonCauseAndWhenItIsTriedAgain) {
  sessions::Outage outage;
  outage.cause = base::MakeError({.reason = base::Reason::kBackingOff,
                                  .retry_after = absl::Seconds(1),
                                  .metadata = {{"cause", "PROVIDER_UNREACHABLE"}}},
                                 "no login for a while");
  outage.retry_time = absl::FromUnixMillis(1795219200250);
  EXPECT_PROTO_EQ(Encoded(outage), WatchedFromJson(R"json({"outage": {
      "reason": "BACKING_OFF", "cause": "PROVIDER_UNREACHABLE",
      "message": "no login for a while", "retryTime": "2026-11-21T00:00:00.250Z"}})json"));
}

TEST(OutageEncodingTest, AnOutageThatTimeDoesNotEndHasNoRetryTime) {
  sessions::Outage outage;
  outage.cause = base::MakeError(base::Reason::kCredentialsRejected, "refused");
  EXPECT_PROTO_EQ(Encoded(outage), WatchedFromJson(R"json({"outage": {
      "reason": "CREDENTIALS_REJECTED", "message": "refused"}})json"));
}

TEST(OutageEncodingTest, AFaultOfTheBrokerKeepsItsTextToItself) {
  sessions::Outage outage;
  outage.cause = absl::InternalError("/etc/passwd");
  EXPECT_PROTO_EQ(Encoded(outage), WatchedFromJson(R"json({"outage": {
      "reason": "INTERNAL", "message": "the broker failed; its log says more"}})json"));
}

}  // namespace
}  // namespace sessionbroker::rpc
