#include "tests/testing/scripted_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "absl/strings/str_cat.h"

namespace sessionbroker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ScriptedServerTest, AnswersEachRequestOfTheScriptInTurn) {
  ScriptedServer server({
      {.target = "/a?x=1", .answer = HttpAnswer(200, "first")},
      {.method = "POST",
       .target = StartsWith("/b"),
       .headers = {{"x-key", "k"}, {"cookie", ""}},
       .body = "text",
       .answer = HttpAnswer(201, "second", {"X-Token: t"})},
  });
  httplib::Client client(server.Url());
  EXPECT_EQ(client.Get("/a?x=1")->body, "first");
  const httplib::Result second = client.Post("/b/c", {{"X-Key", "k"}}, "text", "text/plain");
  EXPECT_EQ(second->status, 201);
  EXPECT_EQ(second->get_header_value("X-Token"), "t");
  EXPECT_EQ(server.Differences(), "");
}

TEST(ScriptedServerTest, TellsEveryDifference) {
  ScriptedServer server(
      {{.method = "PUT", .target = "/a", .headers = {{"x-key", "k"}}, .body = "text"}});
  EXPECT_EQ(httplib::Client(server.Url()).Get("/b")->status, 500);
  const std::string differences = server.Differences();
  EXPECT_THAT(differences, HasSubstr("request 1 of 1, GET /b, differs:\n"));
  EXPECT_THAT(differences, HasSubstr("method: is equal to \"PUT\"\n    got \"GET\""));
  EXPECT_THAT(differences, HasSubstr("target: is equal to \"/a\"\n    got \"/b\""));
  EXPECT_THAT(differences, HasSubstr("header x-key: is equal to \"k\"\n    got \"\""));
  EXPECT_THAT(differences, HasSubstr("body: is equal to \"text\"\n    got \"\""));
  EXPECT_NONFATAL_FAILURE(server.Finish(), "request 1 of 1");
}

TEST(ScriptedServerTest, RequestsThatAreTooManyOrDoNotComeFailTheTest) {
  EXPECT_NONFATAL_FAILURE(ScriptedServer({{.answer = HttpAnswer(200, "")}}),
                          "only 0 of 1 requests came");
  ScriptedServer server({});
  httplib::Client(server.Url()).Get("/a");
  EXPECT_NONFATAL_FAILURE(server.Finish(), "request 1 after the end of the script: GET /a");
}

}  // namespace
}  // namespace sessionbroker::testing
