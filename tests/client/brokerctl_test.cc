#include "client/brokerctl/brokerctl.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/client/fake_broker.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::brokerctl {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using testing::FakeBroker;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int64_t kNow = 1795219200;  // 2026-11-21T00:00:00Z

struct Outcome {
  ExitCode code;
  std::string out;
  std::string err;
};

Outcome RunIt(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "brokerctl");
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = Run(
      static_cast<int>(arguments.size()), arguments.data(),
      [] { return absl::FromUnixSeconds(kNow); }, &out, &err);
  return {code, out.str(), err.str()};
}

Outcome RunAt(const FakeBroker& broker, std::vector<const char*> arguments) {
  arguments.push_back("--address");
  arguments.push_back(broker.address().c_str());
  return RunIt(std::move(arguments));
}

v1::Session VtigerSession() {
  v1::Session session;
  const auto status = google::protobuf::util::JsonStringToMessage(
      R"json({"provider": "vtiger", "account": "crm-main", "id": "4bf00a36d8a9bca12ff7",
              "version": "1795219199000000", "issueTime": "2026-11-20T23:59:59Z",
              "expireTime": "2026-11-21T00:23:00Z", "idleTimeout": "1800s",
              "baseUrl": "https://crm.example/webservice.php",
              "attributes": {"user_id": "19x1", "api_version": "0.22"},
              "attachments": [
                {"location": "LOCATION_QUERY", "name": "sessionName",
                 "value": "4bf00a36d8a9bca12ff7", "methods": ["GET"]},
                {"location": "LOCATION_FORM", "name": "sessionName",
                 "value": "4bf00a36d8a9bca12ff7", "methods": ["POST"]}],
              "constraints": {"userAgent": "session-broker/1", "egress": "default"}})json",
      &session);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return session;
}

TEST(BrokerctlTest, GetShowsTheSessionAndHowToUseIt) {
  FakeBroker broker;
  broker.SetSession(VtigerSession());
  const Outcome outcome = RunAt(broker, {"get", "vtiger", "crm-main"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out,
            "session     vtiger/crm-main\n"
            "id          4bf0…\n"
            "version     1795219199000000\n"
            "issued      2026-11-20 23:59:59 UTC\n"
            "expires     2026-11-21 00:23:00 UTC (in 23m)\n"
            "idle limit  30m without a request\n"
            "base URL    https://crm.example/webservice.php\n"
            "\n"
            "add to a request\n"
            "  query parameter  sessionName = 4bf0…            GET\n"
            "  form field       sessionName = 4bf0…            POST\n"
            "  header           User-Agent = session-broker/1  every request\n"
            "  from egress      default                        works from no other address\n"
            "\n"
            "attributes\n"
            "  api_version  0.22\n"
            "  user_id      19x1\n");
}

v1::SignRequestResponse SignedSale() {
  v1::SignRequestResponse response;
  const auto status = google::protobuf::util::JsonStringToMessage(
      R"json({"request": {"method": "POST", "url": "https://till.example/s%2F1/sale?key=k%2F1&a=1",
                          "headers": [{"name": "Cookie", "value": "c=c1; d=2"},
                                      {"name": "X-Sig", "value": "5ea1ed"}],
                          "body": "YT0xJnNlcz1zJTJGMSZub25jZT03"},
              "added": [{"location": "LOCATION_PATH_SEGMENT", "name": "session", "value": "s/1"},
                        {"location": "LOCATION_QUERY", "name": "key", "value": "k/1"},
                        {"location": "LOCATION_COOKIE", "name": "c", "value": "c1"},
                        {"location": "LOCATION_HEADER", "name": "x-sig", "value": "5ea1ed"},
                        {"location": "LOCATION_FORM", "name": "ses", "value": "s/1"},
                        {"location": "LOCATION_FORM", "name": "nonce", "value": "7"}],
              "nonces": [{"sequence": "api", "value": "7"}], "sessionVersion": "12",
              "expireTime": "2026-11-21T00:15:00Z"})json",
      &response);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return response;
}

TEST(BrokerctlTest, SignShowsTheRequestAsItMustBeSent) {
  FakeBroker broker;
  broker.SetSigned(SignedSale());
  const Outcome outcome = RunAt(broker, {"sign", "icash", "till", "/sale", "-d", "a=1"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(outcome.out,
            "POST https://till.example/s%2F1/sale?key=k%2F1&a=1\n"
            "Cookie: c=c1; d=2\n"
            "X-Sig: 5ea1ed\n"
            "\n"
            "a=1&ses=s%2F1&nonce=7\n"
            "\n"
            "added by the broker\n"
            "  path segment     session = s/1\n"
            "  query parameter  key = k/1\n"
            "  cookie           c = c1\n"
            "  header           x-sig = 5ea1ed\n"
            "  form field       ses = s/1\n"
            "  form field       nonce = 7\n"
            "to be sent before 2026-11-21 00:15:00 UTC (in 15m)\n");
}

TEST(BrokerctlTest, ADryRunShowsNothingThatTheBrokerAddedButNumbers) {
  FakeBroker broker;
  broker.SetSigned(SignedSale());
  for (const bool json : {false, true}) {
    std::vector<const char*> arguments = {"sign", "icash", "till", "/sale", "--dry-run"};
    if (json) arguments.push_back("--json");
    const Outcome outcome = RunAt(broker, arguments);
    EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
    for (const char* secret : {"s/1", "s%2F1", "k/1", "k%2F1", "c1", "5ea1ed"}) {
      EXPECT_THAT(outcome.out, Not(HasSubstr(secret)));
    }
    if (json) continue;
    EXPECT_THAT(outcome.out,
                AllOf(HasSubstr("https://till.example/<redacted>/sale?key=<redacted>&a=1"),
                      HasSubstr("Cookie: c=<redacted>; d=2\n"), HasSubstr("X-Sig: <redacted>\n"),
                      HasSubstr("\na=1&ses=<redacted>&nonce=7\n")));
  }
}

TEST(BrokerctlTest, SignTakesARequestInCurlsWords) {
  FakeBroker broker;
  testing::TempDirectory directory;
  const std::string file = directory.Write("body.bin", std::string("\0\xff", 2));
  const std::string from_file = absl::StrCat("@", file);
  const struct {
    std::vector<const char*> arguments;
    const char* expected;
  } rows[] = {
      {{"/x"}, R"({"method":"GET","path":"/x"})"},
      {{"/x?a=1&b=%2B+c&a"},
       R"({"method":"GET","path":"/x","query":[{"name":"a","value":"1"},)"
       R"({"name":"b","value":"+ c"},{"name":"a"}]})"},
      {{"-d", "a=1&b=x%20y", "/x", "--data-urlencode", "c=x%20=y", "-H", "X-A: b:c "},
       R"({"method":"POST","path":"/x","headers":[{"name":"X-A","value":"b:c"}],)"
       R"("form":{"fields":[{"name":"a","value":"1"},{"name":"b","value":"x y"},)"
       R"({"name":"c","value":"x%20=y"}]}})"},
      {{"-G", "-d", "a=1", "/x"},
       R"({"method":"GET","path":"/x","query":[{"name":"a","value":"1"}]})"},
      {{"-X", "PUT", "--data-binary", "{}", "/x"}, R"({"method":"PUT","path":"/x","raw":"e30="})"},
      {{"--data-binary", from_file.c_str(), "/x"}, R"({"method":"POST","path":"/x","raw":"AP8="})"},
  };
  for (const auto& row : rows) {
    std::vector<const char*> arguments = {"sign", "vtiger", "crm-main"};
    arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
    const Outcome outcome = RunAt(broker, arguments);
    ASSERT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
    EXPECT_EQ(broker.last_sign().provider(), "vtiger");
    EXPECT_EQ(broker.last_sign().account(), "crm-main");
    std::string sent;
    ASSERT_TRUE(
        google::protobuf::util::MessageToJsonString(broker.last_sign().request(), &sent).ok());
    EXPECT_EQ(sent, row.expected);
  }
}

TEST(BrokerctlTest, SignRefusesWhatIsNoRequest) {
  FakeBroker broker;
  for (const std::vector<const char*>& more : std::vector<std::vector<const char*>>{
           {"-H", "no colon"}, {"-d", "a=1", "--data-binary", "b"}, {"--data-binary", "@/none"}}) {
    std::vector<const char*> arguments = {"sign", "vtiger", "crm-main", "/x"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = RunAt(broker, arguments);
    EXPECT_NE(outcome.code, ExitCode::kOk);
    EXPECT_THAT(outcome.err, HasSubstr("--")) << more[0];
  }
}

TEST(BrokerctlTest, GetSaysWhatASessionDoesNotHave) {
  FakeBroker broker;
  v1::Session session;
  session.set_provider("icash");
  session.set_account("till");
  session.add_attachments()->set_location(static_cast<v1::Attachment::Location>(99));
  broker.SetSession(session);
  const Outcome outcome = RunAt(broker, {"get", "icash", "till"});
  EXPECT_THAT(outcome.out, HasSubstr("expires   never, as far as the provider tells\n"));
  EXPECT_THAT(outcome.out, HasSubstr("a place that this brokerctl does not know"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("idle limit")));
  EXPECT_THAT(outcome.out, Not(HasSubstr("attributes")));
}

TEST(BrokerctlTest, OnlyRevealShowsTheWholeId) {
  FakeBroker broker;
  broker.SetSession(VtigerSession());
  for (const char* form : {"--json", "--timeout=10s"}) {
    EXPECT_THAT(RunAt(broker, {"get", "vtiger", "crm-main", form}).out,
                AllOf(HasSubstr("4bf0…"), Not(HasSubstr("0a36"))));
    EXPECT_THAT(RunAt(broker, {"get", "vtiger", "crm-main", "--reveal", form}).out,
                AllOf(HasSubstr("4bf00a36d8a9bca12ff7"), Not(HasSubstr("…"))));
  }
}

TEST(BrokerctlTest, JsonIsTheSessionAsProtobufWritesIt) {
  FakeBroker broker;
  broker.SetSession(VtigerSession());
  const Outcome outcome = RunAt(broker, {"get", "vtiger", "crm-main", "--json", "--reveal"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  v1::Session read;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &read).ok()) << outcome.out;
  EXPECT_EQ(read.DebugString(), VtigerSession().DebugString());
}

TEST(BrokerctlTest, MinValidityIsPassedOn) {
  FakeBroker broker;
  EXPECT_EQ(RunAt(broker, {"get", "vtiger", "crm-main", "--min-validity", "1m30s"}).code,
            ExitCode::kOk);
  EXPECT_EQ(broker.last_get().min_validity().seconds(), 90);
}

std::vector<v1::Account> ThreeAccounts() {
  v1::ListAccountsResponse list;
  const auto status = google::protobuf::util::JsonStringToMessage(
      R"json({"accounts": [
              {"provider": "abms", "account": "erp", "state": "STATE_LIVE",
               "version": "1795219199000000"},
              {"provider": "vtiger", "account": "crm-main", "state": "STATE_LIVE",
               "version": "1795219199000000", "expireTime": "2026-11-21T00:23:00Z"},
              {"provider": "vtiger", "account": "crm-test", "state": "STATE_LOGGING_IN"}]})json",
      &list);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return {list.accounts().begin(), list.accounts().end()};
}

TEST(BrokerctlTest, ListShowsATableOfAllPages) {
  FakeBroker broker;
  broker.SetAccounts(ThreeAccounts());
  const Outcome outcome = RunAt(broker, {"list"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out,
            "PROVIDER  ACCOUNT   STATE       EXPIRES\n"
            "abms      erp       live        never\n"
            "vtiger    crm-main  live        2026-11-21 00:23:00 UTC (in 23m)\n"
            "vtiger    crm-test  logging in  -\n");
  EXPECT_EQ(RunAt(broker, {"list", "vtiger"}).out,
            "PROVIDER  ACCOUNT   STATE       EXPIRES\n"
            "vtiger    crm-main  live        2026-11-21 00:23:00 UTC (in 23m)\n"
            "vtiger    crm-test  logging in  -\n");
  EXPECT_EQ(RunAt(broker, {"list", "icash"}).out, "no accounts that you may list\n");
}

TEST(BrokerctlTest, ListAsJsonIsOneResponse) {
  FakeBroker broker;
  broker.SetAccounts(ThreeAccounts());
  v1::ListAccountsResponse read;
  const Outcome outcome = RunAt(broker, {"list", "--json"});
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &read).ok()) << outcome.out;
  EXPECT_EQ(read.accounts_size(), 3);
}

TEST(BrokerctlTest, ErrorsAreOneLineAndTellByTheExitCodeWhetherToTryAgain) {
  const struct {
    grpc::StatusCode code;
    const char* reason;
    std::optional<absl::Duration> retry_after;
    ExitCode exit_code;
    const char* line;
  } rows[] = {
      {grpc::StatusCode::PERMISSION_DENIED, "NOT_ALLOWED", std::nullopt, ExitCode::kRefused,
       "brokerctl: NOT_ALLOWED: it failed; no rule covers it: check the names, or have the "
       "broker's "
       "operator add a rule\n"},
      {grpc::StatusCode::FAILED_PRECONDITION, "CREDENTIALS_REJECTED", std::nullopt,
       ExitCode::kRefused,
       "brokerctl: CREDENTIALS_REJECTED: it failed; have the broker's operator correct the "
       "account's credentials; trying on could lock it\n"},
      {grpc::StatusCode::UNAVAILABLE, "PROVIDER_UNREACHABLE", absl::Seconds(90),
       ExitCode::kTryAgain, "brokerctl: PROVIDER_UNREACHABLE: it failed; try again in 1m 30s\n"},
      {grpc::StatusCode::UNAVAILABLE, "A_REASON_OF_LATER", std::nullopt, ExitCode::kRefused,
       "brokerctl: A_REASON_OF_LATER: it failed\n"},
  };
  for (const auto& row : rows) {
    FakeBroker broker;
    broker.SetError(row.code, row.reason, "it failed", row.retry_after);
    for (const auto& command : {std::vector<const char*>{"get", "vtiger", "crm-main"},
                                std::vector<const char*>{"list"}}) {
      const Outcome outcome = RunAt(broker, command);
      EXPECT_EQ(outcome.code, row.exit_code) << row.reason;
      EXPECT_EQ(outcome.err, row.line);
      EXPECT_EQ(outcome.out, "");
    }
  }
}

TEST(BrokerctlTest, WhereNoBrokerAnswersItSaysWhereItLooked) {
  const testing::TempDirectory directory;
  const std::string address = absl::StrCat("unix:", directory.File("none"));
  const Outcome outcome = RunIt({"list", "--address", address.c_str()});
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.err,
              StartsWith(absl::StrCat("brokerctl: cannot reach a broker at ", address)));
  EXPECT_THAT(outcome.err, EndsWith("is it running, and is --address right?\n"));

  FakeBroker other;
  other.SetStatus(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no such method"));
  EXPECT_EQ(RunAt(other, {"list"}).code, ExitCode::kUnreachable);
}

TEST(BrokerctlTest, ATimeoutIsTemporary) {
  FakeBroker broker;
  broker.SetSilent();
  const Outcome outcome = RunAt(broker, {"list", "--timeout", "50ms"});
  EXPECT_EQ(outcome.code, ExitCode::kTryAgain);
  EXPECT_THAT(outcome.err, StartsWith("brokerctl: DEADLINE_EXCEEDED: no answer from"));
}

TEST(BrokerctlTest, TheEnvironmentMayNameTheBroker) {
  FakeBroker broker;
  broker.SetAccounts({});
  ASSERT_EQ(setenv("SESSION_BROKER_ADDRESS", broker.address().c_str(), /*overwrite=*/1), 0);
  EXPECT_EQ(RunIt({"list"}).code, ExitCode::kOk);
  const testing::TempDirectory directory;
  const std::string nowhere = absl::StrCat("unix:", directory.File("none"));
  EXPECT_EQ(RunIt({"list", "--address", nowhere.c_str()}).code, ExitCode::kUnreachable);
  unsetenv("SESSION_BROKER_ADDRESS");
}

TEST(BrokerctlTest, ACaFileMakesTheConnectionTls) {
  const testing::TempDirectory directory;
  const testing::TestCertificate certificate = testing::MakeTestCertificate();
  FakeBroker broker({.address = "127.0.0.1:0", .tls = certificate});
  const std::string ca_file = directory.Write("ca.pem", certificate.certificate);
  EXPECT_EQ(RunAt(broker, {"--ca-file", ca_file.c_str(), "list"}).code, ExitCode::kOk);
  EXPECT_EQ(RunAt(broker, {"list"}).code, ExitCode::kUnreachable);
  const std::string empty = directory.Write("empty.pem", "");
  EXPECT_EQ(RunAt(broker, {"--ca-file", empty.c_str(), "list"}).code, ExitCode::kUsage);
}

TEST(BrokerctlTest, AWrongCommandLineIsAUsageError) {
  const std::vector<const char*> rows[] = {
      {},
      {"frobnicate"},
      {"get"},
      {"get", "vtiger"},
      {"get", "vtiger", "crm-main", "extra"},
      {"get", "vtiger", "crm-main", "--min-validity", "soon"},
      {"get", "vtiger", "crm-main", "--min-validity=-5m"},
      {"get", "vtiger", "crm-main", "--min-validity", "inf"},
      {"get", "list"},
      {"list", "--timeout", "0s"},
      {"list", "--ca-file", "/there/is/no/such/file"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = RunIt(row);
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << (row.empty() ? "(nothing)" : row.back());
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err, "");
  }
}

TEST(BrokerctlTest, HelpListsSubcommandsAndExitCodes) {
  const Outcome outcome = RunIt({"--help"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  for (const char* text : {"get", "list", "--address", "SESSION_BROKER_ADDRESS", "127.0.0.1:7480",
                           "0  done", "1  ", "2  ", "3  ", "4  "}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
}

std::vector<admin::v1::Sequence> Sequences() {
  admin::v1::ListSequencesResponse all;
  const auto status = google::protobuf::util::JsonStringToMessage(
      R"json({"sequences": [
        {"origin": "https://a.example", "key": "k1", "value": "7", "unit": "UNIT_COUNT",
         "max": "99", "updateTime": "2026-11-20T23:59:00Z"},
        {"origin": "https://b.example", "key": "new\u001b", "value": "5", "raisedTo": "5",
         "updateTime": "2026-11-20T23:00:00Z"},
        {"origin": "https://v5.icash.bg", "key": "k1", "value": "1795219199",
         "unit": "UNIT_SECONDS", "max": "2147483647", "updateTime": "2026-11-20T23:59:59Z"}]})json",
      &all);
  EXPECT_TRUE(status.ok()) << status;
  return {all.sequences().begin(), all.sequences().end()};
}

TEST(BrokerctlNonceTest, ShowsWhereTheNoncesOfEachKeyStand) {
  FakeBroker broker;
  broker.SetSequences(Sequences());
  const Outcome all = RunAt(broker, {"nonce", "show"});
  EXPECT_EQ(all.code, ExitCode::kOk) << all.err;
  EXPECT_THAT(all.out, HasSubstr("https://v5.icash.bg  k1"));
  EXPECT_THAT(all.out, HasSubstr("1795219199  seconds  2147483647  -"));
  EXPECT_THAT(all.out, HasSubstr("new\\x1b  5           -        -           5"));
  const Outcome one = RunAt(broker, {"nonce", "show", "k1", "--json"});
  EXPECT_EQ(one.code, ExitCode::kOk) << one.err;
  EXPECT_THAT(one.out, AllOf(HasSubstr("\"value\": \"7\""), HasSubstr("1795219199")));
  EXPECT_THAT(one.out, Not(HasSubstr("b.example")));
  broker.SetSequences({});
  EXPECT_EQ(RunAt(broker, {"nonce", "show"}).out, "no nonces have been used\n");
}

TEST(BrokerctlStatusTest, TellsWhatServesAndWhatIsWrongWithTheFiles) {
  FakeBroker broker;
  admin::v1::GetStatusResponse status;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(
                  R"json({"version": "1.2.3", "startTime": "2026-11-20T23:00:00Z",
                          "uptime": "3600s",
                          "configuration": {
                            "generation": "3", "loadTime": "2026-11-20T23:30:00Z",
                            "reloadTime": "2026-11-20T23:59:00Z",
                            "mistakes": ["broker.yaml:3:1: rulez: unknown field"],
                            "mistakeCount": "2", "needsRestart": ["listeners"]},
                          "accounts": {"live": "2", "absent": "40"}})json",
                  &status)
                  .ok());
  broker.SetBrokerStatus(status);
  const Outcome outcome = RunAt(broker, {"status"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(outcome.out,
            "version          1.2.3\n"
            "up               1h, since 2026-11-20 23:00:00 UTC\n"
            "configuration    generation 3, loaded 2026-11-20 23:30:00 UTC (30m ago)\n"
            "last reload      2026-11-20 23:59:00 UTC (1m ago): REFUSED, what was loaded before "
            "serves on\n"
            "accounts         2 live, 40 absent\n"
            "needs a restart  listeners\n"
            "broker.yaml:3:1: rulez: unknown field\n"
            "and 1 more\n");
  EXPECT_THAT(RunAt(broker, {"status", "--json"}).out, HasSubstr("\"generation\": \"3\""));
}

TEST(BrokerctlNonceTest, RaisesTheNoncesOfAKeyAndTellsWhereTheyStood) {
  FakeBroker broker;
  admin::v1::RaiseSequenceResponse raised;
  *raised.mutable_sequence() = Sequences()[0];
  broker.SetRaised(raised);
  const std::vector<const char*> command = {"nonce", "raise", "https://a.example", "k1", "7"};
  const Outcome first = RunAt(broker, command);
  EXPECT_EQ(first.code, ExitCode::kOk) << first.err;
  EXPECT_EQ(
      first.out,
      "the next nonce of k1 at https://a.example will be above 7 (this broker had not used it)\n");
  EXPECT_EQ(broker.last_raise().origin(), "https://a.example");
  EXPECT_EQ(broker.last_raise().key(), "k1");
  EXPECT_EQ(broker.last_raise().value(), 7);
  raised.set_previous_value(3);
  broker.SetRaised(raised);
  EXPECT_THAT(RunAt(broker, command).out, HasSubstr("will be above 7 (stood at 3)"));
  const Outcome json =
      RunAt(broker, {"nonce", "raise", "https://a.example", "k1", "9223372036854775806", "--json"});
  EXPECT_THAT(json.out, HasSubstr("\"previousValue\": \"3\""));
  EXPECT_EQ(broker.last_raise().value(), 9223372036854775806);
}

TEST(BrokerctlNonceTest, RefusalNamesTheCurrentValueAndWhatToDo) {
  FakeBroker broker;
  broker.SetError(
      grpc::StatusCode::FAILED_PRECONDITION, "SEQUENCE_PASSED",
      "the nonces of k1 at https://a.example: stand at 7 and are only ever raised, got 5",
      std::nullopt, {{"current", "7"}});
  const Outcome outcome = RunAt(broker, {"nonce", "raise", "https://a.example", "k1", "5"});
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("stand at 7"), HasSubstr("brokerctl nonce show")));
  EXPECT_EQ(outcome.out, "");
}

TEST(BrokerctlNonceTest, CommandLineThatIsNotCompleteIsRefused) {
  for (const std::vector<const char*>& arguments :
       std::vector<std::vector<const char*>>{{"nonce"},
                                             {"nonce", "raise", "https://a.example", "k1"},
                                             {"nonce", "raise", "https://a.example", "k1", "x"},
                                             {"nonce", "lower"}}) {
    EXPECT_EQ(RunIt(arguments).code, ExitCode::kUsage);
  }
}

TEST(BrokerctlTest, WhatProvesWhoCallsTakesItsCounterpart) {
  testing::TempDirectory temp;
  const std::string file = temp.Write("file.pem", "x");
  const char* const pem = file.c_str();
  for (const std::vector<const char*>& options : {std::vector<const char*>{"--token-file", pem},
                                                  {"--cert-file", pem, "--key-file", pem},
                                                  {"--ca-file", pem, "--cert-file", pem},
                                                  {"--ca-file", pem, "--key-file", pem},
                                                  {"--ca-file", pem, "--token-file", "/none"}}) {
    std::vector<const char*> arguments = {"list"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_EQ(RunIt(arguments).code, ExitCode::kUsage);
  }
}

TEST(BrokerctlTest, AccessIsExplainedActionByAction) {
  FakeBroker broker;
  admin::v1::ExplainAccessResponse explained;
  explained.add_decisions()->set_action("get");
  explained.mutable_decisions(0)->set_rule("rules[1] (line 17)");
  explained.add_decisions()->set_action("operate");
  explained.add_other_rules("rules[0] (line 12)");
  broker.SetExplained(explained);
  const Outcome outcome = RunAt(broker, {"access", "explain", "k8s:prod/crm", "vtiger/crm-main"});
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out,
            "get         allowed by rules[1] (line 17)\n"
            "operate     denied: no rule allows it\n"
            "for other accounts: rules[0] (line 12)\n");
  EXPECT_EQ(broker.last_explain().caller(), "k8s:prod/crm");
  EXPECT_EQ(broker.last_explain().provider(), "vtiger");
  EXPECT_EQ(broker.last_explain().account(), "crm-main");
}

TEST(BrokerctlTest, AccessIsExplainedOfAnAccountOnly) {
  for (const char* account : {"vtiger", "/crm", "vtiger/"}) {
    EXPECT_EQ(RunIt({"access", "explain", "loopback", account}).code, ExitCode::kUsage) << account;
  }
}

}  // namespace
}  // namespace sessionbroker::brokerctl
