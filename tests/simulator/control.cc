#include "tests/simulator/control.h"

#include <array>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/fields.h"
#include "tests/simulator/simulator.h"

namespace sessionbroker::simulator {
namespace {

using Json = nlohmann::ordered_json;

template <typename T, size_t kSize>
using Names = std::array<std::pair<const char*, T>, kSize>;

constexpr Names<TimeStyle, 3> kTimeStyles = {
    {{"number", TimeStyle::kNumber}, {"digits", TimeStyle::kDigits}, {"text", TimeStyle::kText}}};
constexpr Names<SessionEnd, 3> kSessionEnds = {{{"gone", SessionEnd::kGone},
                                                {"expired", SessionEnd::kExpired},
                                                {"left_idle", SessionEnd::kLeftIdle}}};
constexpr Names<PortMode, 3> kPortModes = {
    {{"open", PortMode::kOpen}, {"close", PortMode::kClose}, {"refuse", PortMode::kRefuse}}};

// Sets `target` to what `name`'s text stands for, if it is there.
template <typename T, size_t kSize>
absl::Status ReadChoice(Fields& fields, const std::string& name, const Names<T, kSize>& names,
                        T& target) {
  const std::optional<std::string> text = fields.Text(name);
  if (!text) return absl::OkStatus();
  for (const auto& [known, value] : names) {
    if (*text == known) {
      target = value;
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "field \"", name, "\": \"", *text, "\" is none of ",
      absl::StrJoin(names, ", ",
                    [](std::string* out, const auto& entry) { *out += entry.first; })));
}

absl::Status First(std::initializer_list<absl::Status> all) {
  for (const absl::Status& status : all) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

Json PairsJson(const Pairs& pairs) {
  Json list = Json::array();
  for (const auto& [name, value] : pairs) list.push_back({{"name", name}, {"value", value}});
  return list;
}

Json RequestJson(const std::string& family, const Request& request) {
  return {{"family", family},
          {"method", request.method},
          {"target", request.target},
          {"secure", request.secure},
          {"client_address", request.client_address},
          {"headers", PairsJson(request.headers)},
          {"query", PairsJson(request.query.pairs())},
          {"form", PairsJson(request.form.pairs())},
          {"body", request.body}};
}

Json CountersJson(const Simulator& simulator) {
  const Counters counters = simulator.counters();
  Json answers = Json::array();
  for (const auto& [key, count] : counters.answers) {
    answers.push_back({{"family", std::get<0>(key)},
                       {"operation", std::get<1>(key)},
                       {"outcome", std::get<2>(key)},
                       {"count", count}});
  }
  Json users = Json::array();
  for (const auto& [key, count] : counters.by_user) {
    users.push_back({{"family", std::get<0>(key)},
                     {"operation", std::get<1>(key)},
                     {"user", std::get<2>(key)},
                     {"count", count}});
  }
  Json last = Json::object();
  for (const auto& [family, request] : counters.last_request) {
    last[family] = RequestJson(family, request);
  }
  return {{"requests", counters.requests},
          {"connections", counters.connections},
          {"max_concurrent_requests", counters.max_concurrent_requests},
          {"answers", answers},
          {"by_user", users},
          {"last_request", last}};
}

Json Overview(const Simulator& simulator) {
  Json families = Json::object();
  for (const std::string& family : simulator.families()) {
    families[family] = {{"url", simulator.url(family)}};
    if (simulator.https_port() != 0) families[family]["https_url"] = simulator.https_url(family);
  }
  return {{"time", absl::ToUnixSeconds(simulator.Now())},
          {"open_connections", simulator.open_connections()},
          {"families", families},
          {"faults", FaultNames()},
          {"get", {"counters", "requests"}},
          {"post", {"fault", "users", "settings", "advance", "kill", "expire", "port", "reset"}}};
}

absl::StatusOr<Json> PostFault(Fields fields, Simulator& simulator) {
  Fault fault;
  const std::string kind = fields.Text("kind").value_or("");
  const std::optional<FaultKind> known = FaultNamed(kind);
  if (!known) {
    return absl::InvalidArgumentError(absl::StrCat("field \"kind\": \"", kind, "\" is none of ",
                                                   absl::StrJoin(FaultNames(), ", ")));
  }
  fault.kind = *known;
  Fields::Set(fault.family, fields.Text("family"));
  Fields::Set(fault.operation, fields.Text("operation"));
  fault.skip = static_cast<int>(fields.Integer("skip").value_or(0));
  fault.count = static_cast<int>(fields.Integer("count").value_or(1));
  Fields::Set(fault.latency, fields.Duration("latency_ms", absl::Milliseconds(1)));
  Fields::Set(fault.handle_first, fields.Boolean("handle_first"));
  fault.status = static_cast<int>(fields.Integer("status").value_or(500));
  Fields::Set(fault.content_type, fields.Text("content_type"));
  Fields::Set(fault.body, fields.Text("body"));
  Fields::Set(fault.location, fields.Text("location"));
  Fields::Set(fault.bytes, fields.Integer("bytes"));
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  if (absl::Status status = simulator.AddFault(fault); !status.ok()) return status;
  return Json::object();
}

absl::StatusOr<Json> PostUsers(Fields fields, Simulator& simulator) {
  const std::string family = fields.Text("family").value_or("");
  User user;
  Fields::Set(user.name, fields.Text("name"));
  if (!fields.IsNull("access_key")) user.access_key = fields.Text("access_key");
  Fields::Set(user.password, fields.Text("password"));
  Fields::Set(user.active, fields.Boolean("active"));
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  if (user.name.empty()) return absl::InvalidArgumentError("field \"name\" is missing");
  if (absl::Status status = simulator.SetUser(family, user); !status.ok()) return status;
  return Json::object();
}

absl::StatusOr<Json> PostSettings(Fields fields, Simulator& simulator) {
  const std::string family = fields.Text("family").value_or("");
  absl::StatusOr<Settings> settings = simulator.settings(family);
  if (!settings.ok()) return settings.status();
  Fields::Set(settings->maintenance, fields.Boolean("maintenance"));
  Fields::Set(settings->lock_user_agent, fields.Boolean("lock_user_agent"));
  Fields::Set(settings->allowed_clients, fields.Texts("allowed_clients"));
  settings->dead_session_status = static_cast<int>(
      fields.Integer("dead_session_status").value_or(settings->dead_session_status));
  Fields::Set(settings->omit_error_message, fields.Boolean("omit_error_message"));
  Fields::Set(settings->echo_wrong_nonce, fields.Boolean("echo_wrong_nonce"));
  const absl::Duration second = absl::Seconds(1);
  Fields::Set(settings->challenge_life, fields.Duration("challenge_life", second));
  Fields::Set(settings->session_idle, fields.Duration("session_idle", second));
  Fields::Set(settings->session_left_idle, fields.Duration("session_left_idle", second));
  Fields::Set(settings->session_life, fields.Duration("session_life", second));
  if (absl::Status status = First(
          {ReadChoice(fields, "time_style", kTimeStyles, settings->time_style), fields.Finish()});
      !status.ok()) {
    return status;
  }
  if (absl::Status status = simulator.Configure(family, *settings); !status.ok()) return status;
  return Json::object();
}

absl::StatusOr<Json> PostAdvance(Fields fields, Simulator& simulator) {
  const std::optional<absl::Duration> step = fields.Duration("seconds", absl::Seconds(1));
  const std::optional<int64_t> freeze = fields.Integer("freeze");
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  if (freeze) simulator.FreezeTime(absl::FromUnixSeconds(*freeze));
  if (step) simulator.AdvanceTime(*step);
  return Json{{"time", absl::ToUnixSeconds(simulator.Now())}};
}

absl::StatusOr<Json> PostKill(Fields fields, Simulator& simulator) {
  const std::string family = fields.Text("family").value_or("");
  const std::string user = fields.Text("user").value_or("");
  SessionEnd end = SessionEnd::kGone;
  if (absl::Status status = First({ReadChoice(fields, "end", kSessionEnds, end), fields.Finish()});
      !status.ok()) {
    return status;
  }
  if (absl::Status status = simulator.KillSessions(family, end, user); !status.ok()) return status;
  return Json::object();
}

absl::StatusOr<Json> PostExpire(Fields fields, Simulator& simulator) {
  const std::string family = fields.Text("family").value_or("");
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  if (absl::Status status = simulator.ExpireChallenges(family); !status.ok()) return status;
  return Json::object();
}

absl::StatusOr<Json> PostPort(Fields fields, Simulator& simulator) {
  const std::string family = fields.Text("family").value_or("");
  PortMode mode = PortMode::kOpen;
  if (absl::Status status = First({ReadChoice(fields, "mode", kPortModes, mode), fields.Finish()});
      !status.ok()) {
    return status;
  }
  if (absl::Status status = simulator.SetPortMode(family, mode); !status.ok()) return status;
  const absl::StatusOr<std::string> url = simulator.dedicated_url(family);
  if (!url.ok()) return url.status();
  return Json{{"url", *url}};
}

absl::StatusOr<Json> PostReset(Fields fields, Simulator& simulator) {
  const std::optional<std::vector<std::string>> only = fields.Texts("only");
  if (absl::Status status = fields.Finish(); !status.ok()) return status;
  if (!only) {
    simulator.Reset();
    return Json::object();
  }
  for (const std::string& part : *only) {
    if (part != "counters" && part != "faults") {
      return absl::InvalidArgumentError(
          absl::StrCat("field \"only\": \"", part, "\" is none of counters, faults"));
    }
  }
  if (absl::c_linear_search(*only, "counters")) simulator.ResetCounters();
  if (absl::c_linear_search(*only, "faults")) simulator.ClearFaults();
  return Json::object();
}

struct Action {
  const char* name;
  absl::StatusOr<Json> (*run)(Fields, Simulator&);
};
constexpr Action kActions[] = {
    {"fault", PostFault},     {"users", PostUsers}, {"settings", PostSettings},
    {"advance", PostAdvance}, {"kill", PostKill},   {"expire", PostExpire},
    {"port", PostPort},       {"reset", PostReset},
};

absl::StatusOr<Json> Get(const std::string& name, const Simulator& simulator) {
  if (name.empty()) return Overview(simulator);
  if (name == "counters") return CountersJson(simulator);
  if (name == "requests") {
    Json requests = Json::array();
    for (const auto& [family, request] : simulator.recent_requests()) {
      requests.push_back(RequestJson(family, request));
    }
    return requests;
  }
  return absl::NotFoundError(absl::StrCat("no GET ", kControlPrefix, name));
}

absl::StatusOr<Json> Post(const std::string& name, const std::string& body, Simulator& simulator) {
  absl::StatusOr<Fields> fields = Fields::Parse(body);
  if (!fields.ok()) return fields.status();
  for (const Action& action : kActions) {
    if (name == action.name) return action.run(*std::move(fields), simulator);
  }
  return absl::NotFoundError(absl::StrCat("no POST ", kControlPrefix, name));
}

absl::Status RunOnText(const std::string& name, const std::string& json, Simulator& simulator) {
  return Post(name, json, simulator).status();
}

}  // namespace

Reply AnswerControl(const Request& request, Simulator& simulator) {
  const std::string name = request.path.substr(sizeof(kControlPrefix) - 1);
  absl::StatusOr<Json> answer = absl::UnimplementedError("only GET and POST");
  if (request.method == "GET") answer = Get(name, simulator);
  if (request.method == "POST") answer = Post(name, request.body, simulator);

  Reply reply;
  reply.content_type = "application/json";
  if (!answer.ok()) {
    reply.status = absl::IsNotFound(answer.status()) ? 404 : 400;
    answer = Json{{"error", std::string(answer.status().message())}};
  }
  reply.body = absl::StrCat(answer->dump(-1, ' ', false, Json::error_handler_t::replace), "\n");
  return reply;
}

absl::Status AddUserFromJson(const std::string& json, Simulator& simulator) {
  return RunOnText("users", json, simulator);
}

absl::Status ConfigureFromJson(const std::string& json, Simulator& simulator) {
  return RunOnText("settings", json, simulator);
}

}  // namespace sessionbroker::simulator
