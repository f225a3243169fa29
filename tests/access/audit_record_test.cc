#include "service/access/audit_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sessionbroker::access {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNoon = absl::FromUnixMicros(1795219200000123);

TEST(AuditRecordTest, ALineHasEachFieldInItsPlace) {
  const AuditEvent event = {.action = AuditAction::kCall,
                            .caller = "k8s:shop/cart",
                            .certificate = "dns:mesh.example",
                            .peer = "ipv4:10.0.0.7:5123",
                            .trace_id = "0af7651916cd43dd8448eb211c80319c",
                            .provider = "vtiger",
                            .account = "crm",
                            .version = 1795219200000000,
                            .session = "00ff",
                            .error = base::Reason::kNotAllowed,
                            .detail = "POST /webservice.php"};
  EXPECT_EQ(LineOf(RecordOf(event, kNoon)),
            "{\"time\":\"2026-11-21T00:00:00.000123Z\",\"action\":\"call\",\"outcome\":\"refused\","
            "\"reason\":\"NOT_ALLOWED\",\"caller\":\"k8s:shop/cart\","
            "\"certificate\":\"dns:mesh.example\",\"peer\":\"ipv4:10.0.0.7:5123\","
            "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"provider\":\"vtiger\","
            "\"account\":\"crm\",\"version\":1795219200000000,\"session\":\"00ff\","
            "\"detail\":\"POST /webservice.php\"}\n");
}

TEST(AuditRecordTest, WhatIsNotThereIsLeftOut) {
  EXPECT_EQ(
      LineOf(RecordOf({.action = AuditAction::kReload}, kNoon)),
      "{\"time\":\"2026-11-21T00:00:00.000123Z\",\"action\":\"reload\",\"outcome\":\"ok\"}\n");
}

TEST(AuditRecordTest, RepeatsSayHowManyAndSinceWhen) {
  AuditRecord record = RecordOf({.caller = "loopback"}, kNoon);
  record.repeats = 41;
  record.since = kNoon - absl::Seconds(60);
  EXPECT_THAT(LineOf(record),
              HasSubstr("\"repeats\":41,\"since\":\"2026-11-20T23:59:00.000123Z\"}\n"));
}

TEST(AuditRecordTest, OutcomeTellsARefusalOfTheBrokerFromAFailure) {
  const struct {
    base::Reason reason;
    const char* outcome;
  } kCases[] = {{base::Reason::kUnauthenticated, "refused"},
                {base::Reason::kCallerQuota, "refused"},
                {base::Reason::kAuditUnavailable, "refused"},
                {base::Reason::kCredentialsRejected, "failed"},
                {base::Reason::kAccountUnknown, "failed"}};
  for (const auto& c : kCases) {
    EXPECT_THAT(LineOf(RecordOf({.error = c.reason}, kNoon)), HasSubstr(c.outcome));
  }
}

TEST(AuditRecordTest, NoTextBreaksOutOfItsLineOrItsField) {
  const std::string text("a\",\"caller\":\"admin\n\r\0\xff\xc3\xa9\x7f", 26);
  const std::string line = LineOf(RecordOf({.account = text}, kNoon));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, Not(HasSubstr("\"caller\":\"admin")));
  for (const char c : line.substr(0, line.size() - 1)) {
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) <= 0x7f);
  }
}

TEST(AuditRecordTest, LongTextsAreCut) {
  const std::string longer(3000, 'x');
  const AuditRecord record =
      RecordOf({.caller = longer, .peer = longer, .account = longer, .detail = longer}, kNoon);
  EXPECT_EQ(record.caller.size(), 2048u);
  EXPECT_EQ(record.peer.size(), kMaxAuditTextBytes);
  EXPECT_EQ(record.account.size(), kMaxAuditTextBytes);
  EXPECT_EQ(record.detail.size(), kMaxAuditTextBytes);
}

TEST(AuditRecordTest, WhatWasLostIsCounted) {
  EXPECT_EQ(LineOfLost(7, kNoon),
            "{\"time\":\"2026-11-21T00:00:00.000123Z\",\"action\":\"lost\",\"repeats\":7}\n");
}

}  // namespace
}  // namespace sessionbroker::access
