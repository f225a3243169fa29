#include "service/app/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::app {
namespace {

using ::sessionbroker::testing::StatusIs;

constexpr char kLoopback[] = "127.0.0.1";

AdminServer::Handlers Serving() {
  return {.metrics = [] { return "a_total 1\n"; }, .serving = [] { return true; }};
}

TEST(AdminServer, MetricsCarryPrometheusContentType) {
  SB_ASSERT_OK_AND_ASSIGN(const auto server, AdminServer::Start(kLoopback, 0, Serving()));
  const httplib::Result answer = httplib::Client(kLoopback, server->port()).Get("/metrics");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "a_total 1\n");
  EXPECT_EQ(answer->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
}

TEST(AdminServer, HealthFollowsWhatTheBrokerSays) {
  std::atomic<bool> serving = true;
  SB_ASSERT_OK_AND_ASSIGN(const auto server,
                          AdminServer::Start(kLoopback, 0,
                                             {.metrics = [] { return ""; },
                                              .serving = [&serving] { return serving.load(); }}));
  httplib::Client client(kLoopback, server->port());
  httplib::Result answer = client.Get("/healthz");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "serving\n");
  serving = false;
  answer = client.Get("/healthz");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "not serving\n");
}

TEST(AdminServer, AnythingElseIsNotFound) {
  SB_ASSERT_OK_AND_ASSIGN(const auto server, AdminServer::Start(kLoopback, 0, Serving()));
  httplib::Client client(kLoopback, server->port());
  for (const char* path : {"/", "/metrics/", "/healthz/x", "/../metrics"}) {
    const httplib::Result answer = client.Get(path);
    ASSERT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 404) << path;
  }
  const httplib::Result answer = client.Post("/metrics", "", "text/plain");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
}

TEST(AdminServer, StopsAtOnceAlthoughAConnectionIsIdle) {
  absl::StatusOr<std::unique_ptr<AdminServer>> server = AdminServer::Start(kLoopback, 0, Serving());
  ASSERT_TRUE(server.ok()) << server.status();
  httplib::Client client(kLoopback, (*server)->port());
  client.set_keep_alive(true);
  ASSERT_TRUE(client.Get("/healthz"));
  server->reset();
  EXPECT_FALSE(client.Get("/healthz"));
}

TEST(AdminServer, TakenPortIsAnErrorThatSaysSo) {
  SB_ASSERT_OK_AND_ASSIGN(const auto first, AdminServer::Start(kLoopback, 0, Serving()));
  EXPECT_THAT(AdminServer::Start(kLoopback, first->port(), Serving()),
              StatusIs(absl::StatusCode::kUnavailable,
                       absl::StrCat("cannot listen on 127.0.0.1:", first->port(),
                                    ": Address already in use")));
}

TEST(AdminServer, AddressOfAnotherMachineIsAnErrorThatSaysSo) {
  // TEST-NET-1, RFC 5737: no machine has it.
  EXPECT_THAT(AdminServer::Start("192.0.2.1", 0, Serving()),
              StatusIs(absl::StatusCode::kUnavailable,
                       "cannot listen on 192.0.2.1:0: Cannot assign requested address"));
}

}  // namespace
}  // namespace sessionbroker::app
