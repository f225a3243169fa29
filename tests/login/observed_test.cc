// The built-in definitions against what real servers answered: each case feeds bodies of
// tests/fixtures/observed/ to the letter, named by file, section and title.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/login/run.h"
#include "tests/login/answers.h"
#include "tests/login/programs.h"
#include "tests/simulator/transcript.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

using ::sessionbroker::testing::HasReason;
using simulator::Exchanged;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr char kAgent[] = "session-broker/1";
const absl::Time kWall = absl::FromUnixSeconds(1795290140);
// Of the recorded coreBOS; printf TOKENuDFh1i0O56xBHJ9c | md5sum gives what its transcript sends.
constexpr char kCorebosKey[] = "uDFh1i0O56xBHJ9c";

// One recorded answer, by title; `section` where the file has sections.
struct Recorded {
  std::string file;
  std::string title;
  std::string section;
};

const Exchanged* Find(const Recorded& wanted) {
  static auto* const files = new std::map<std::string, std::vector<Exchanged>>;
  auto file = files->find(wanted.file);
  if (file == files->end()) {
    auto read =
        simulator::ReadTranscript(absl::StrCat("tests/fixtures/observed/", wanted.file, ".txt"));
    file = files->emplace(wanted.file, *std::move(read)).first;
  }
  for (const Exchanged& exchanged : file->second) {
    if (exchanged.title == wanted.title && exchanged.section == wanted.section) return &exchanged;
  }
  return nullptr;
}

std::shared_ptr<Account> AccountOf(const std::string& provider) {
  return MakeAccount(Builtin(provider), {{"username", "admin"}}, {{"access_key", kCorebosKey}});
}

struct Played {
  std::vector<http::Request> requests;
  std::variant<std::monostate, Grant, Failure> result;
};

Played Play(const std::string& provider, const std::vector<http::Response>& answers) {
  Run run(AccountOf(provider), kAgent, &crypto::SystemRandom());
  Played played;
  const base::BootTime now(absl::Hours(1));
  std::size_t next = 0;
  while (true) {
    Run::Action action = run.Next(now, kWall);
    if (auto* grant = std::get_if<Grant>(&action)) played.result = std::move(*grant);
    if (auto* failure = std::get_if<Failure>(&action)) played.result = std::move(*failure);
    auto* request = std::get_if<http::Request>(&action);
    if (request == nullptr) break;
    played.requests.push_back(std::move(*request));
    if (next == answers.size()) break;
    run.Feed(answers[next++]);
  }
  EXPECT_EQ(next, answers.size()) << "answers were left over";
  return played;
}

std::vector<http::Response> AnswersOf(const std::vector<Recorded>& recorded) {
  std::vector<http::Response> answers;
  for (const Recorded& wanted : recorded) {
    const Exchanged* exchanged = Find(wanted);
    EXPECT_NE(exchanged, nullptr) << wanted.file << ": " << wanted.title;
    if (exchanged == nullptr) continue;
    answers.push_back(Response(exchanged->status, exchanged->body));
  }
  return answers;
}

struct Case {
  const char* name;
  const char* provider;
  std::vector<Recorded> answers;
  // Unset: the login succeeds with this session.
  std::optional<base::Reason> reason;
  // The session id, or what the error text must hold.
  std::string expected;
  int requests;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class ObservedTest : public ::testing::TestWithParam<Case> {};

TEST_P(ObservedTest, EndsAsItShould) {
  const Case& c = GetParam();
  const Played played = Play(c.provider, AnswersOf(c.answers));
  EXPECT_EQ(static_cast<int>(played.requests.size()), c.requests);
  if (!c.reason.has_value()) {
    ASSERT_TRUE(std::holds_alternative<Grant>(played.result));
    EXPECT_TRUE(std::get<Grant>(played.result).id == secrets::Secret(c.expected));
    return;
  }
  ASSERT_TRUE(std::holds_alternative<Failure>(played.result));
  const Failure& failure = std::get<Failure>(played.result);
  EXPECT_THAT(failure.status, HasReason(*c.reason));
  EXPECT_THAT(std::string(failure.status.message()), HasSubstr(c.expected));
  for (const http::Response& answer : AnswersOf(c.answers)) {
    if (answer.body.empty()) continue;
    EXPECT_THAT(std::string(failure.status.message()), Not(HasSubstr(answer.body)));
  }
}

const Recorded kVtigerChallenge = {"vtiger", "getchallenge", ""};
const Recorded kVtigerChallengeAgain = {"vtiger", "getchallenge again", ""};
const Recorded kCorebosChallenge = {"corebos", "getchallenge", ""};
const Recorded kCorebosFreshChallenge = {"corebos", "getchallenge after expiry", ""};

constexpr auto kRejected = base::Reason::kCredentialsRejected;
constexpr auto kUnreachable = base::Reason::kProviderUnreachable;
constexpr auto kProtocolError = base::Reason::kProviderProtocolError;

INSTANTIATE_TEST_SUITE_P(
    Vtiger, ObservedTest,
    ::testing::Values(
        Case{"ok",
             "vtiger",
             {kVtigerChallenge, {"vtiger", "login ok", ""}},
             std::nullopt,
             "2aa344106b01f55e8e7a4",
             2},
        Case{"unknown_user",
             "vtiger",
             {{"vtiger", "getchallenge, unknown user", ""}},
             kRejected,
             "step \"getchallenge\": HTTP 200: the provider refuses the credentials",
             1},
        Case{"oversized_user",
             "vtiger",
             {{"extra", "oversized username", "vtiger"}},
             kRejected,
             "step \"getchallenge\"",
             1},
        Case{"wrong_key",
             "vtiger",
             {kVtigerChallenge,
              {"vtiger", "login bad key", ""},
              kVtigerChallengeAgain,
              {"vtiger", "login bad key", ""}},
             kRejected,
             "step \"login\": HTTP 200: the challenge was used up, twice",
             4},
        Case{"challenge_killed_by_another_client_then_ok",
             "vtiger",
             {kVtigerChallenge,
              {"vtiger", "login with FIRST of two tokens", ""},
              kVtigerChallengeAgain,
              {"vtiger", "login ok", ""}},
             std::nullopt,
             "2aa344106b01f55e8e7a4",
             4},
        Case{"expired_challenge_then_ok",
             "vtiger",
             {kVtigerChallenge,
              {"vtiger", "login with EXPIRED token", ""},
              kVtigerChallengeAgain,
              {"vtiger", "login ok", ""}},
             std::nullopt,
             "2aa344106b01f55e8e7a4",
             4},
        Case{"expired_challenge_twice",
             "vtiger",
             {kVtigerChallenge,
              {"vtiger", "login with EXPIRED token", ""},
              kVtigerChallengeAgain,
              {"vtiger", "login with no challenge asked", ""}},
             kUnreachable,
             "step \"login\": HTTP 200: the challenge was used up, twice",
             4},
        Case{"expired_challenge_then_wrong_key",
             "vtiger",
             {kVtigerChallenge,
              {"vtiger", "login with EXPIRED token", ""},
              kVtigerChallengeAgain,
              {"vtiger", "login bad key", ""}},
             kRejected,
             "step \"login\"",
             4},
        Case{"inactive_user",
             "vtiger",
             {{"extra", "getchallenge INACTIVE (real)", "vtiger"},
              {"extra", "login INACTIVE (real)", "vtiger"},
              kVtigerChallengeAgain,
              {"extra", "login INACTIVE (real)", "vtiger"}},
             kRejected,
             "step \"login\"",
             4},
        Case{"access_key_undefined",
             "vtiger",
             {kVtigerChallenge, {"vtiger", "login accesskey NULL", ""}},
             kRejected,
             "step \"login\": HTTP 200: the provider refuses the credentials (answers[3])",
             2},
        Case{"database_down_at_first",
             "vtiger",
             {{"vtiger", "no operation", ""}},
             kUnreachable,
             "step \"getchallenge\": HTTP 500: the provider cannot serve now",
             1},
        Case{"database_down_later",
             "vtiger",
             {kVtigerChallenge, {"vtiger", "login as JSON body", ""}},
             kUnreachable,
             "step \"login\": HTTP 500",
             2},
        Case{"an_answer_to_something_else",
             "vtiger",
             {{"vtiger", "getchallenge + bad sessionName", ""}},
             kProtocolError,
             "step \"getchallenge\": HTTP 200: no rule of the definition knows this answer",
             1},
        Case{"a_success_without_a_challenge",
             "vtiger",
             {{"vtiger", "logout", ""}},
             kProtocolError,
             "the answer has no value for \"token\" at json:/result/token",
             1}),
    [](const auto& param_info) { return param_info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Corebos, ObservedTest,
    ::testing::Values(Case{"ok",
                           "corebos",
                           {kCorebosChallenge, {"corebos", "login ok", ""}},
                           std::nullopt,
                           "7eaa79a461f904523ece6452fb612bda",
                           2},
                      Case{"ok_with_times_as_numbers",
                           "corebos",
                           {kCorebosFreshChallenge, {"corebos", "login ok", ""}},
                           std::nullopt,
                           "7eaa79a461f904523ece6452fb612bda",
                           2},
                      Case{"unknown_user",
                           "corebos",
                           {{"corebos", "getchallenge, unknown user", ""}},
                           kRejected,
                           "step \"getchallenge\": HTTP 200: the provider refuses the credentials",
                           1},
                      Case{"unknown_user_in_utf8",
                           "corebos",
                           {{"extra", "utf8 username", "corebos"}},
                           kRejected,
                           "step \"getchallenge\"",
                           1},
                      Case{"unknown_user_at_login",
                           "corebos",
                           {kCorebosChallenge, {"corebos", "login unknown user", ""}},
                           kRejected,
                           "step \"login\"",
                           2},
                      Case{"wrong_key_is_never_tried_twice",
                           "corebos",
                           {kCorebosChallenge, {"corebos", "login bad key", ""}},
                           kRejected,
                           "step \"login\": HTTP 200: the provider refuses the credentials",
                           2},
                      Case{"expired_challenge_then_ok",
                           "corebos",
                           {kCorebosChallenge,
                            {"corebos", "login with EXPIRED token", ""},
                            kCorebosFreshChallenge,
                            {"corebos", "login ok", ""}},
                           std::nullopt,
                           "7eaa79a461f904523ece6452fb612bda",
                           4},
                      Case{"expired_challenge_twice",
                           "corebos",
                           {kCorebosChallenge,
                            {"corebos", "login with EXPIRED token", ""},
                            kCorebosFreshChallenge,
                            {"corebos", "login with no challenge asked", ""}},
                           kUnreachable,
                           "step \"login\": HTTP 200: the challenge was used up, twice",
                           4},
                      Case{"inactive_user",
                           "corebos",
                           {{"extra", "getchallenge INACTIVE (real)", "corebos"},
                            {"extra", "login INACTIVE (real)", "corebos"}},
                           kRejected,
                           "step \"login\": HTTP 200: the provider refuses the credentials",
                           2},
                      Case{"access_key_undefined",
                           "corebos",
                           {kCorebosChallenge, {"corebos", "login accesskey NULL", ""}},
                           kRejected,
                           "step \"login\"",
                           2},
                      Case{"maintenance",
                           "corebos",
                           {{"extra", "maintenance mode (cbSMActive)", "corebos"}},
                           kUnreachable,
                           "step \"getchallenge\": HTTP 200: the provider cannot serve now",
                           1},
                      Case{"maintenance_between_the_steps",
                           "corebos",
                           {kCorebosChallenge,
                            {"extra", "maintenance mode (cbSMActive)", "corebos"}},
                           kUnreachable,
                           "step \"login\": HTTP 200: the provider cannot serve now",
                           2},
                      Case{"unknown_operation",
                           "corebos",
                           {{"corebos", "unknown operation", ""}},
                           kProtocolError,
                           "the provider refuses, and waiting will not help",
                           1},
                      Case{"database_down",
                           "corebos",
                           {{"corebos", "format=xml", ""}},
                           kUnreachable,
                           "step \"getchallenge\": HTTP 500",
                           1}),
    [](const auto& param_info) { return param_info.param.name; });

// No transcript of ABMS exists. It is a vtiger CRM, so vtiger's answers are taken for its own.
INSTANTIATE_TEST_SUITE_P(Abms, ObservedTest,
                         ::testing::Values(Case{"ok",
                                                "abms",
                                                {kVtigerChallenge,
                                                 {"vtiger", "login, op in query, rest form", ""}},
                                                std::nullopt,
                                                "2e9b14826b01f55e8dcd0",
                                                2},
                                           Case{"unknown_user",
                                                "abms",
                                                {{"vtiger", "getchallenge, unknown user", ""}},
                                                kRejected,
                                                "step \"getchallenge\"",
                                                1},
                                           Case{"wrong_key",
                                                "abms",
                                                {kVtigerChallenge,
                                                 {"vtiger", "login bad key", ""},
                                                 kVtigerChallengeAgain,
                                                 {"vtiger", "login bad key", ""}},
                                                kRejected,
                                                "step \"login\"",
                                                4},
                                           Case{"database_down",
                                                "abms",
                                                {{"vtiger", "no operation", ""}},
                                                kUnreachable,
                                                "step \"getchallenge\": HTTP 500",
                                                1}),
                         [](const auto& param_info) { return param_info.param.name; });

// The requests that the recorder sent by hand and that succeeded.
TEST(ObservedRequestTest, VtigerGetsTheRequestsThatWorked) {
  const Played played = Play("vtiger", AnswersOf({kVtigerChallenge}));
  ASSERT_EQ(played.requests.size(), 2u);
  EXPECT_EQ(played.requests[0].method, "GET");
  EXPECT_EQ(played.requests[0].url,
            "https://example.com/webservice.php?operation=getchallenge&username=admin");
  EXPECT_EQ(played.requests[0].body, "");
  EXPECT_EQ(played.requests[1].method, "POST");
  EXPECT_EQ(played.requests[1].url, "https://example.com/webservice.php");
  // printf 6b01f55e839bbuDFh1i0O56xBHJ9c | md5sum
  EXPECT_EQ(played.requests[1].body,
            "operation=login&username=admin&accessKey=40a13bcc1ce5bc1db83d32ee983b0122");
}

TEST(ObservedRequestTest, CorebosGetsTheLoginThatWasRecorded) {
  const Played played = Play("corebos", AnswersOf({kCorebosChallenge}));
  const Exchanged* recorded = Find({"corebos", "login ok", ""});
  ASSERT_NE(recorded, nullptr);
  std::string form;
  for (const auto& [name, value] : recorded->form) {
    absl::StrAppend(&form, form.empty() ? "" : "&", name, "=", value);
  }
  EXPECT_EQ(played.requests[1].body, form);
}

TEST(ObservedRequestTest, AbmsGetsTheOperationInTheQueryAndAnEscapedUser) {
  auto account = AccountOf("abms");
  account->parameters["username"] = "jane+crm@example.com";
  login::Run run(account, kAgent, &crypto::SystemRandom());
  const base::BootTime now(absl::Hours(1));
  login::Run::Action first = run.Next(now, kWall);
  EXPECT_EQ(std::get<http::Request>(first).url,
            "https://example.com/webservice.php?operation=getchallenge"
            "&username=jane%2Bcrm%40example.com");
  run.Feed(AnswersOf({kVtigerChallenge})[0]);
  login::Run::Action second = run.Next(now, kWall);
  EXPECT_EQ(std::get<http::Request>(second).method, "POST");
  EXPECT_EQ(std::get<http::Request>(second).url,
            "https://example.com/webservice.php?operation=login");
  EXPECT_EQ(std::get<http::Request>(second).body,
            "username=jane%2Bcrm%40example.com&accessKey=40a13bcc1ce5bc1db83d32ee983b0122");
}

TEST(ObservedGrantTest, VtigersSessionIsForQueryAndFormAndLivesAsItsConstantsSay) {
  const Played played = Play("vtiger", AnswersOf({kVtigerChallenge, {"vtiger", "login ok", ""}}));
  const Grant& grant = std::get<Grant>(played.result);
  EXPECT_THAT(grant.attributes,
              ElementsAre(Pair("userId", "19x1"), Pair("vtigerVersion", "8.0.0")));
  ASSERT_EQ(grant.attachments.size(), 2u);
  EXPECT_EQ(grant.attachments[0].location, Location::kQuery);
  EXPECT_EQ(grant.attachments[0].name, "sessionName");
  EXPECT_THAT(grant.attachments[0].methods, ElementsAre("GET"));
  EXPECT_TRUE(grant.attachments[0].value == grant.id);
  EXPECT_EQ(grant.attachments[1].location, Location::kForm);
  EXPECT_EQ(grant.attachments[1].name, "sessionName");
  EXPECT_THAT(grant.attachments[1].methods, ElementsAre("POST"));
  EXPECT_EQ(grant.idle, absl::Seconds(1440));
  EXPECT_EQ(grant.absolute, absl::Seconds(86400));
  EXPECT_EQ(grant.bound_user_agent, "");
  EXPECT_FALSE(grant.bound_to_address);
}

TEST(ObservedGrantTest, CorebosSessionSlidesAndIsBoundToTheUserAgent) {
  const Played played =
      Play("corebos", AnswersOf({kCorebosChallenge, {"corebos", "login ok", ""}}));
  const Grant& grant = std::get<Grant>(played.result);
  EXPECT_THAT(grant.attributes,
              ElementsAre(Pair("userId", "19x1"), Pair("vtigerVersion", "5.5.0")));
  EXPECT_EQ(grant.idle, absl::Seconds(7200));
  EXPECT_EQ(grant.absolute, std::nullopt);
  EXPECT_EQ(grant.bound_user_agent, kAgent);
}

// Bodies of the providers' documentation, where servers differ from it.
TEST(DocumentedAnswerTest, TheDocumentedNameOfTheSessionIsTakenWhereTheOtherIsMissing) {
  for (const char* provider : {"vtiger", "corebos", "abms"}) {
    std::vector<http::Response> answers = AnswersOf({kVtigerChallenge});
    answers.push_back(Response(
        200, R"({"success":true,"result":{"sessionId":"s1","userId":"u","version":"v"}})"));
    const Played played = Play(provider, answers);
    ASSERT_TRUE(std::holds_alternative<Grant>(played.result)) << provider;
    EXPECT_TRUE(std::get<Grant>(played.result).id == secrets::Secret("s1")) << provider;
  }
}

TEST(DocumentedAnswerTest, AbmsMayTellNoLifeOfItsChallenge) {
  std::vector<http::Response> answers = {Response(
      200,
      R"({"success":true,"result":{"token":"text","serverTime":"text","expireTime":"text"}})")};
  answers.push_back(AnswersOf({{"vtiger", "login ok", ""}})[0]);
  EXPECT_TRUE(std::holds_alternative<Grant>(Play("abms", answers).result));
}

TEST(DocumentedAnswerTest, AbmsRefusesWithHttp400WhichIsNotAboutTheCredentials) {
  for (const char* body : {"Bad Request", "", "{}"}) {
    const Played played = Play("abms", {Response(400, body)});
    const Failure& failure = std::get<Failure>(played.result);
    EXPECT_THAT(failure.status, HasReason(kProtocolError));
    EXPECT_THAT(std::string(failure.status.message()),
                AllOf(HasSubstr("HTTP 400"), HasSubstr("waiting will not help")));
  }
  const Played told =
      Play("abms", {Response(400, R"({"success":false,"error":{"code":"ACCESS_DENIED"}})")});
  EXPECT_THAT(std::get<Failure>(told.result).status, HasReason(kRejected));
}

TEST(DocumentedAnswerTest, ServersThatAreOverloadedAreTriedAgain) {
  for (const char* provider : {"vtiger", "corebos", "abms"}) {
    for (const int status : {429, 500, 502, 503, 504}) {
      const Played played = Play(provider, {Response(status, "<html></html>")});
      EXPECT_THAT(std::get<Failure>(played.result).status, HasReason(kUnreachable))
          << provider << " " << status;
    }
  }
}

// What a session was asked after, or ended, with, and how that ends.
struct SessionCase {
  const char* provider;
  Conversation conversation;
  Recorded answer;
  // Unset: an error.
  std::optional<Outcome> found;
};

constexpr char kFewTypes[] = R"(listtypes fieldTypeList=["email"])";

TEST(ObservedSessionTest, ProbesAndLogoutsEndAsTheyShould) {
  constexpr auto kProbe = Conversation::kProbe;
  constexpr auto kLogout = Conversation::kLogout;
  constexpr auto kDead = Outcome::kSessionExpired;
  const SessionCase cases[] = {
      {"vtiger", kProbe, {"vtiger", kFewTypes, ""}, Outcome::kOk},
      {"vtiger", kProbe, {"vtiger", "listtypes no session", ""}, kDead},
      {"vtiger", kProbe, {"vtiger", "listtypes invalid session", ""}, kDead},
      {"vtiger", kProbe, {"vtiger", "session file gone (PHP gc)", ""}, kDead},
      {"vtiger", kProbe, {"vtiger", "doctored: life span over", ""}, kDead},
      {"vtiger", kProbe, {"vtiger", "doctored: left idle", ""}, kDead},
      {"vtiger", kProbe, {"vtiger", "listtypes after logout", ""}, kDead},
      {"vtiger", kLogout, {"vtiger", "logout", ""}, Outcome::kOk},
      {"vtiger", kLogout, {"vtiger", "logout again", ""}, kDead},
      {"vtiger", kLogout, {"vtiger", "logout by GET", ""}, std::nullopt},
      {"corebos", kProbe, {"corebos", "listtypes invalid session", ""}, kDead},
      {"corebos", kProbe, {"corebos", "UA lock: other UA", ""}, kDead},
      {"corebos", kProbe, {"corebos", "EXPIRED session", ""}, kDead},
      {"corebos", kProbe, {"corebos", "listtypes after logout", ""}, kDead},
      {"corebos", kProbe, {"extra", "maintenance mode (cbSMActive)", "corebos"}, std::nullopt},
      {"corebos", kLogout, {"corebos", "logout", ""}, Outcome::kOk},
      {"corebos", kLogout, {"corebos", "logout again", ""}, kDead},
  };
  Grant session;
  session.id = secrets::Secret("7eaa79a461f904523ece6452fb612bda");
  const std::map<std::string, std::shared_ptr<Account>> accounts = {
      {"vtiger", AccountOf("vtiger")}, {"corebos", AccountOf("corebos")}};
  for (const SessionCase& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.provider, ": ", c.answer.title));
    const std::vector<http::Response> answers = AnswersOf({c.answer});
    ASSERT_EQ(answers.size(), 1u);
    login::Run run(accounts.at(c.provider), c.conversation, std::make_shared<const Grant>(session),
                   kAgent, &crypto::SystemRandom());
    const base::BootTime now(absl::Hours(1));
    ASSERT_TRUE(std::holds_alternative<http::Request>(run.Next(now, kWall)));
    run.Feed(answers[0]);
    const login::Run::Action end = run.Next(now, kWall);
    const auto* found = std::get_if<Outcome>(&end);
    EXPECT_EQ(found == nullptr ? std::nullopt : std::make_optional(*found), c.found);
  }
}

}  // namespace
}  // namespace sessionbroker::login
