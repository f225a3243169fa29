#ifndef SESSIONBROKER_TESTS_SIMULATOR_HARNESS_H_
#define SESSIONBROKER_TESTS_SIMULATOR_HARNESS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/client.h"
#include "tests/simulator/simulator.h"

namespace sessionbroker::simulator {

// The digests of this token under the demo users' keys, from `openssl md5`.
inline constexpr char kToken[] = "6b01f55e890dd";
inline constexpr char kVtigerDigest[] = "70fe82862264b301dbee9955947c7ead";
inline constexpr char kCorebosDigest[] = "449565c0ac9c25c7a1006be2922a98d7";
inline constexpr char kAbmsDigest[] = "5ec6385c21ae80632cb6881780a2300f";

// A simulator whose clock stands still, and a client of one of its families.
class Harness {
 public:
  explicit Harness(std::string family) : Harness(std::move(family), {}) {}
  Harness(std::string family, Simulator::Options options) : family_(std::move(family)) {
    options.frozen_time = absl::FromUnixSeconds(1795290462);
    absl::StatusOr<std::unique_ptr<Simulator>> started = Simulator::Start(std::move(options));
    EXPECT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
    url_ = absl::StrCat(simulator_->url(family_), "/webservice.php");
  }

  Simulator& simulator() { return *simulator_; }
  Client& client() { return client_; }
  const std::string& url() const { return url_; }
  int port() const { return simulator_->port(); }

  Answer Get(Pairs query) { return client_.Send({.url = url_, .query = std::move(query)}); }
  Answer Post(Pairs form) {
    return client_.Send({.method = "POST", .url = url_, .form = std::move(form)});
  }
  Answer GetChallenge(const std::string& user) {
    return Get({{"operation", "getchallenge"}, {"username", user}});
  }
  // Makes the next challenge kToken and asks for it.
  void Challenge(const std::string& user) {
    EXPECT_TRUE(simulator_->QueueToken(family_, kToken).ok());
    EXPECT_EQ(Result(GetChallenge(user))["token"], kToken);
  }
  Answer Login(const std::string& user, const std::string& access_key) {
    return Post({{"operation", "login"}, {"username", user}, {"accessKey", access_key}});
  }
  Answer ListTypes(const std::string& session) {
    return Get({{"operation", "listtypes"}, {"sessionName", session}});
  }
  void Change(const std::function<void(Settings&)>& change) {
    Settings settings = *simulator_->settings(family_);
    change(settings);
    EXPECT_TRUE(simulator_->Configure(family_, settings).ok());
  }

  static nlohmann::json Json(const Answer& answer) {
    return nlohmann::json::parse(answer.body, /*cb=*/nullptr, /*allow_exceptions=*/false);
  }
  static nlohmann::json Result(const Answer& answer) {
    const nlohmann::json body = Json(answer);
    return body.is_object() ? body.value("result", nlohmann::json::object()) : nlohmann::json();
  }
  // The error code, "ok" for a success, or the HTTP status of anything else.
  static std::string Code(const Answer& answer) {
    const nlohmann::json body = Json(answer);
    if (!body.is_object()) return absl::StrCat("http ", answer.status);
    return body.value("success", false) ? "ok" : body["error"]["code"].get<std::string>();
  }

 private:
  const std::string family_;
  std::unique_ptr<Simulator> simulator_;
  std::string url_;
  Client client_;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_HARNESS_H_
