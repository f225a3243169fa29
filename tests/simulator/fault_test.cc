// Every fault as it shows on the wire.
#include "tests/simulator/fault.h"

#include <cerrno>

#include "absl/strings/match.h"
#include "curl/curl.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulator/harness.h"

namespace sessionbroker::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kAsk[] =
    "GET /vtiger/webservice.php?operation=getchallenge&username=admin HTTP/1.1\r\nHost: x\r\n\r\n";

std::string BodyOf(const std::string& message) {
  const size_t blank = message.find("\r\n\r\n");
  return blank == std::string::npos ? "" : message.substr(blank + 4);
}

class FaultTest : public testing::Test {
 protected:
  void Add(Fault fault) { ASSERT_TRUE(harness_.simulator().AddFault(std::move(fault)).ok()); }
  int64_t Count(const std::string& operation, const std::string& outcome) {
    return harness_.simulator().counters().Count("vtiger", operation, outcome);
  }
  RawAnswer Ask() { return SendRaw(harness_.port(), kAsk); }

  Harness harness_{"vtiger"};
};

TEST_F(FaultTest, CloseEndsTheConnectionWithoutAByte) {
  Add({.kind = FaultKind::kClose});
  const RawAnswer answer = Ask();
  EXPECT_EQ(answer.bytes, "");
  EXPECT_EQ(answer.read_error, 0);
  EXPECT_EQ(Count("getchallenge", "fault:close"), 1);
}

TEST_F(FaultTest, ResetEndsTheConnectionWithRst) {
  Add({.kind = FaultKind::kReset});
  const RawAnswer answer = Ask();
  EXPECT_EQ(answer.bytes, "");
  EXPECT_EQ(answer.read_error, ECONNRESET);
}

TEST_F(FaultTest, ResetMidBodyDeliversHalfOfIt) {
  Add({.kind = FaultKind::kResetMidBody});
  const RawAnswer answer = Ask();
  EXPECT_THAT(answer.bytes, HasSubstr("Content-Length: 99\r\n"));
  EXPECT_EQ(BodyOf(answer.bytes).size(), 49u);
  EXPECT_EQ(answer.read_error, ECONNRESET);
}

TEST_F(FaultTest, TruncatedPromisesMoreThanItSends) {
  Add({.kind = FaultKind::kTruncated});
  const RawAnswer answer = Ask();
  EXPECT_THAT(answer.bytes, HasSubstr("Content-Length: 99\r\n"));
  EXPECT_EQ(BodyOf(answer.bytes).size(), 49u);
  EXPECT_EQ(answer.read_error, 0);
  Add({.kind = FaultKind::kTruncated});
  EXPECT_EQ(harness_.GetChallenge("admin").error, CURLE_PARTIAL_FILE);
}

TEST_F(FaultTest, StallSendsNothingUntilTheClientGoes) {
  Add({.kind = FaultKind::kStall});
  std::string seen;
  EXPECT_TRUE(StaysSilent(harness_.port(), kAsk, 50, seen));
  EXPECT_EQ(seen, "");
  EXPECT_EQ(Count("getchallenge", "fault:stall"), 1);
}

TEST_F(FaultTest, StallMidBodySendsHalfOfIt) {
  Add({.kind = FaultKind::kStallMidBody});
  std::string seen;
  EXPECT_TRUE(StaysSilent(harness_.port(), kAsk, 50, seen));
  EXPECT_EQ(BodyOf(seen).size(), 49u);
}

TEST_F(FaultTest, StatusIsAnEmptyFiveHundredByDefault) {
  Add({.kind = FaultKind::kStatus});
  const Answer answer = harness_.GetChallenge("admin");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body, "");
  EXPECT_THAT(answer.Header("Content-Length"), ElementsAre("0"));
}

TEST_F(FaultTest, StatusCarriesWhatItIsGiven) {
  Add({.kind = FaultKind::kStatus, .status = 503, .content_type = "text/plain", .body = "later"});
  const Answer answer = harness_.GetChallenge("admin");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "later");
  EXPECT_THAT(answer.Header("Content-Type"), ElementsAre("text/plain"));
}

TEST_F(FaultTest, TextIsATwoHundredThatIsNoJson) {
  Add({.kind = FaultKind::kText});
  const Answer answer = harness_.GetChallenge("admin");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.Header("Content-Type"), ElementsAre("text/html; charset=UTF-8"));
  EXPECT_EQ(Harness::Code(answer), "http 200");
}

TEST_F(FaultTest, RedirectNamesAnotherHost) {
  Add({.kind = FaultKind::kRedirect});
  const Answer answer = harness_.GetChallenge("admin");
  EXPECT_EQ(answer.status, 302);
  EXPECT_THAT(answer.Header("Location"), ElementsAre("http://redirected.invalid/webservice.php"));
}

TEST_F(FaultTest, GarbageIsNotHttp) {
  Add({.kind = FaultKind::kGarbage});
  const RawAnswer answer = Ask();
  EXPECT_THAT(answer.bytes, Not(HasSubstr("HTTP")));
  EXPECT_THAT(answer.bytes, EndsWith("ready\r\n\r\n"));
  EXPECT_EQ(answer.read_error, 0);
}

TEST_F(FaultTest, EndlessBodyGoesOnAsLongAsItIsRead) {
  Add({.kind = FaultKind::kEndless});
  const RawAnswer answer = SendRaw(harness_.port(), kAsk, 8 << 20);
  EXPECT_GE(answer.bytes.size(), size_t{8} << 20);
  EXPECT_THAT(answer.bytes.substr(0, 4096), Not(HasSubstr("Content-Length")));
}

TEST_F(FaultTest, EndlessBodyCanHaveAnEnd) {
  Add({.kind = FaultKind::kEndless, .bytes = 100000});
  const RawAnswer answer = Ask();
  EXPECT_EQ(BodyOf(answer.bytes).size(), 100000 + strlen(R"({"success":true,"result":{"token":")"));
  EXPECT_EQ(answer.read_error, 0);
}

TEST_F(FaultTest, HugeHeadersComeBeforeTheRealAnswer) {
  Add({.kind = FaultKind::kHugeHeaders, .bytes = 200000});
  const Answer answer = harness_.GetChallenge("admin");
  EXPECT_GT(answer.header_bytes, 200000);
  EXPECT_EQ(Harness::Code(answer), "ok");
}

TEST_F(FaultTest, ExpiredChallengeIsAnsweredByTheProvider) {
  harness_.Challenge("admin");
  Add({.kind = FaultKind::kExpiredChallenge, .operation = "login"});
  EXPECT_EQ(Harness::Code(harness_.Login("admin", kVtigerDigest)), "INVALID_AUTH_TOKEN");
  EXPECT_EQ(Count("login", "INVALID_AUTH_TOKEN"), 1);
}

TEST_F(FaultTest, WrongCredentialsIsAnsweredByTheProvider) {
  harness_.Challenge("admin");
  Add({.kind = FaultKind::kWrongCredentials, .operation = "login"});
  EXPECT_EQ(Harness::Code(harness_.Login("admin", kVtigerDigest)), "INVALID_USER_CREDENTIALS");
  EXPECT_EQ(Harness::Code(harness_.Login("admin", kVtigerDigest)), "ok");
}

TEST_F(FaultTest, DeadSessionIsDeadForGood) {
  harness_.Challenge("admin");
  const std::string session =
      Harness::Result(harness_.Login("admin", kVtigerDigest))["sessionName"];
  Add({.kind = FaultKind::kDeadSession, .operation = "listtypes", .skip = 1});
  EXPECT_EQ(Harness::Code(harness_.ListTypes(session)), "ok");
  EXPECT_EQ(Harness::Code(harness_.ListTypes(session)), "INVALID_SESSIONID");
  EXPECT_EQ(Harness::Code(harness_.ListTypes(session)), "INVALID_SESSIONID");
}

TEST(CorebosFaultTest, PretencesAreAnsweredInTheWordsOfTheFamily) {
  Harness harness("corebos");
  const auto add = [&](FaultKind kind) {
    ASSERT_TRUE(harness.simulator().AddFault({.kind = kind, .family = "corebos"}).ok());
  };
  harness.Challenge("admin");
  add(FaultKind::kWrongCredentials);
  EXPECT_EQ(Harness::Code(harness.Login("admin", kCorebosDigest)), "INVALID_USER_CREDENTIALS");
  const std::string session =
      Harness::Result(harness.Login("admin", kCorebosDigest))["sessionName"];
  add(FaultKind::kDeadSession);
  EXPECT_EQ(Harness::Code(harness.ListTypes(session)), "AUTHENTICATION_REQUIRED");
  add(FaultKind::kExpiredChallenge);
  EXPECT_EQ(Harness::Code(harness.Login("admin", kCorebosDigest)), "INVALID_AUTH_TOKEN");
}

TEST(EveryFamilyFaultTest, LosesRequestsAlike) {
  const struct {
    const char* family;
    const char* login;
  } cases[] = {{"vtiger", "webservice.php?operation=login"},
               {"corebos", "webservice.php?operation=login"},
               {"abms", "webservice.php?operation=login"},
               {"tipmoto", "login.json"},
               {"icash", "clientapi/v1/login"}};
  for (const auto& test : cases) {
    SCOPED_TRACE(test.family);
    Harness harness(test.family);
    const std::string request =
        absl::StrCat("GET /", test.family, "/", test.login, " HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto ask = [&](const Fault& fault) {
      EXPECT_TRUE(harness.simulator().AddFault(fault).ok());
      return SendRaw(harness.port(), request, 100);
    };
    EXPECT_EQ(ask({.kind = FaultKind::kReset, .family = test.family}).read_error, ECONNRESET);
    EXPECT_EQ(ask({.kind = FaultKind::kClose, .operation = "login"}).bytes, "");
    EXPECT_THAT(ask({.kind = FaultKind::kStatus}).bytes, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(ask({.kind = FaultKind::kEndless}).bytes, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(ask({.kind = FaultKind::kGarbage}).bytes, EndsWith("ready\r\n\r\n"));
    EXPECT_THAT(ask({.kind = FaultKind::kText}).bytes, StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(harness.simulator().counters().Count(test.family, "login"), 6);
  }
}

TEST_F(FaultTest, LatencyHoldsTheAnswerBack) {
  Add({.kind = FaultKind::kDelay, .latency = absl::Minutes(1)});
  std::string seen;
  EXPECT_TRUE(StaysSilent(harness_.port(), kAsk, 30, seen));
  EXPECT_EQ(seen, "");
  Add({.kind = FaultKind::kDelay, .latency = absl::Milliseconds(1)});
  EXPECT_EQ(Harness::Code(harness_.GetChallenge("admin")), "ok");
}

TEST(FaultsTest, DelaysAddUpAndTheFirstOtherFaultIsTaken) {
  Faults faults;
  faults.Add({.kind = FaultKind::kDelay, .latency = absl::Milliseconds(2)});
  faults.Add({.kind = FaultKind::kReset, .latency = absl::Milliseconds(3)});
  faults.Add({.kind = FaultKind::kStall});
  const Trouble trouble = faults.Take("vtiger", "login");
  EXPECT_EQ(trouble.latency, absl::Milliseconds(5));
  ASSERT_TRUE(trouble.fault.has_value());
  EXPECT_EQ(trouble.fault->kind, FaultKind::kReset);
  EXPECT_EQ(faults.Take("vtiger", "login").fault->kind, FaultKind::kStall);
  EXPECT_FALSE(faults.Take("vtiger", "login").fault.has_value());
}

TEST_F(FaultTest, HitsOnlyItsFamilyOperationAndCount) {
  Add({.kind = FaultKind::kStatus, .family = "vtiger", .operation = "login", .count = 2});
  Add({.kind = FaultKind::kReset, .family = "corebos", .count = 0});
  harness_.Challenge("admin");
  EXPECT_EQ(harness_.Login("admin", kVtigerDigest).status, 500);
  EXPECT_EQ(Harness::Code(harness_.GetChallenge("nobody")), "ACCESS_DENIED");
  EXPECT_EQ(harness_.Login("admin", kVtigerDigest).status, 500);
  EXPECT_EQ(Harness::Code(harness_.Login("admin", kVtigerDigest)), "ok");
  EXPECT_EQ(Count("login", "fault:status"), 2);
}

TEST_F(FaultTest, CountZeroLastsUntilCleared) {
  Add({.kind = FaultKind::kStatus, .count = 0});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(harness_.GetChallenge("admin").status, 500);
  harness_.simulator().ClearFaults();
  EXPECT_EQ(harness_.GetChallenge("admin").status, 200);
}

TEST_F(FaultTest, LostAnswerMayHideThatTheWorkWasDone) {
  harness_.Challenge("admin");
  const std::string session =
      Harness::Result(harness_.Login("admin", kVtigerDigest))["sessionName"];
  // On a fresh connection: libcurl repeats by itself what dies without a byte on a used one.
  const auto log_out = [&] {
    return Client()
        .Send({.method = "POST",
               .url = harness_.url(),
               .form = {{"operation", "logout"}, {"sessionName", session}}})
        .error;
  };
  Add({.kind = FaultKind::kClose});
  EXPECT_EQ(log_out(), CURLE_GOT_NOTHING);
  EXPECT_EQ(Harness::Code(harness_.ListTypes(session)), "ok");
  Add({.kind = FaultKind::kClose, .handle_first = true});
  EXPECT_EQ(log_out(), CURLE_GOT_NOTHING);
  EXPECT_EQ(Harness::Code(harness_.ListTypes(session)), "INVALID_SESSIONID");
}

TEST_F(FaultTest, UnknownFamilyIsRefused) {
  EXPECT_EQ(harness_.simulator().AddFault({.family = "vtigre"}).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(FaultNameTest, EveryKindHasItsOwnName) {
  for (const std::string& name : FaultNames()) {
    ASSERT_TRUE(FaultNamed(name).has_value()) << name;
    EXPECT_EQ(FaultName(*FaultNamed(name)), name);
  }
  EXPECT_FALSE(FaultNamed("unknown").has_value());
}

}  // namespace
}  // namespace sessionbroker::simulator
