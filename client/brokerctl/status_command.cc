#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/brokerctl/command.h"
#include "client/brokerctl/format.h"
#include "client/brokerctl/json.h"

namespace sessionbroker::brokerctl {
namespace {

using StatusResponse = admin::v1::GetStatusResponse;

// "12 live, 3 absent": what there is, and "none" where there is nothing.
std::string AccountsText(const admin::v1::AccountCounts& counts) {
  std::string text;
  const auto add = [&text](int64_t count, const char* what) {
    if (count != 0) absl::StrAppend(&text, text.empty() ? "" : ", ", count, " ", what);
  };
  add(counts.live(), "live");
  add(counts.logging_in(), "logging in");
  add(counts.backing_off(), "backing off");
  add(counts.latched(), "latched");
  add(counts.absent(), "absent");
  return text.empty() ? "none" : text;
}

std::string LastReload(const admin::v1::ConfigurationStatus& configuration, absl::Time now) {
  if (!configuration.has_reload_time()) return "none since the start";
  std::string when = TimeTextFrom(ToTime(configuration.reload_time()), now);
  if (configuration.mistake_count() == 0) return when;
  return absl::StrCat(when, ": REFUSED, what was loaded before serves on");
}

std::string Describe(const StatusResponse& status, absl::Time now) {
  const admin::v1::ConfigurationStatus& configuration = status.configuration();
  std::vector<std::vector<std::string>> rows = {
      {"version", Printable(status.version())},
      {"up", absl::StrCat(SpanText(ToDuration(status.uptime())), ", since ",
                          TimeText(ToTime(status.start_time())))},
      {"configuration", absl::StrCat("generation ", configuration.generation(), ", loaded ",
                                     TimeTextFrom(ToTime(configuration.load_time()), now))},
      {"last reload", LastReload(configuration, now)},
      {"accounts", AccountsText(status.accounts())},
  };
  for (const std::string& field : configuration.needs_restart()) {
    rows.push_back({"needs a restart", Printable(field)});
  }
  if (!configuration.watch_problem().empty()) {
    rows.push_back({"file watch", Printable(configuration.watch_problem())});
  }
  std::string text = AlignColumns(rows);
  for (const std::string& mistake : configuration.mistakes()) {
    absl::StrAppend(&text, Printable(mistake), "\n");
  }
  const int64_t more = configuration.mistake_count() - configuration.mistakes_size();
  if (more > 0) absl::StrAppend(&text, "and ", more, " more\n");
  return text;
}

absl::Status ShowStatus(bool json, const Environment& environment) {
  const absl::StatusOr<StatusResponse> status = environment.broker->GetStatus();
  if (!status.ok()) return status.status();
  *environment.out << (json ? ToJson(*status) : Describe(*status, environment.now()));
  return absl::OkStatus();
}

}  // namespace

Command AddStatusCommand(CLI::App* app) {
  CLI::App* command = app->add_subcommand(
      "status", "For operators: which configuration serves, and what is wrong with the files");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print protobuf JSON");
  return {command,
          [json](const Environment& environment) { return ShowStatus(*json, environment); }};
}

}  // namespace sessionbroker::brokerctl
