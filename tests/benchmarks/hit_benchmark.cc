// What a hit costs: the broker answering GetSession from a session in hand, and a bare gRPC server
// that answers a message of the same size, under the same load in turns. Server CPU per call is the
// measure; calls per second depend on the machine and on the load generator beside it.

#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/base/status_macros.h"
#include "sessionbroker/v1/session_broker.pb.h"
#include "tests/benchmarks/hit_servers.h"
#include "tests/benchmarks/identity.h"
#include "tests/benchmarks/load_generator.h"
#include "tests/testing/child_process.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::benchmarks {
namespace {

constexpr double kGoal = 1.00;
constexpr absl::Duration kWarmUp = absl::Milliseconds(500);

struct Arguments {
  int rounds = 15;
  double seconds = 0.7;
  Load load;
  bool json = false;
  bool check = false;
  std::string identity = kIdentities[0];
  // Of the child processes.
  std::string serve;
  std::string ready_file;
  std::size_t message_size = 0;
  std::string material;
};

// One server's share of one round.
struct Measurement {
  double cpu_us_per_call = 0;
  double calls_per_second = 0;
};

struct Round {
  Measurement broker;
  Measurement bare;

  double ratio() const { return broker.cpu_us_per_call / bare.cpu_us_per_call; }
};

// A server in a process of its own, and the load on it.
class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Start(std::vector<std::string> arguments,
                                                       const Reach& reach, const Load& load) {
    auto server = std::unique_ptr<Server>(new Server);
    const std::string ready_file = server->directory_.File("ready");
    arguments.insert(arguments.begin(), "/proc/self/exe");
    arguments.push_back(absl::StrCat("--ready-file=", ready_file));
    arguments.push_back(absl::StrCat("--identity=", reach.identity));
    arguments.push_back(absl::StrCat("--material=", reach.material));
    server->process_ = testing::ChildProcess::Start(
        {.command = std::move(arguments), .environment = {}, .working_directory = ""});
    SB_ASSIGN_OR_RETURN(const std::string address, server->process_->WaitForFile(ready_file));
    v1::GetSessionRequest request;
    request.set_provider(kProvider);
    request.set_account(kAccount);
    server->load_ = std::make_unique<LoadGenerator>(
        address, CredentialsFor(reach.identity, reach.material),
        "/sessionbroker.v1.SessionBroker/GetSession", request.SerializeAsString(), load);
    SB_ASSIGN_OR_RETURN(const LoadGenerator::Result result, server->load_->Run(kWarmUp));
    server->message_size_ = result.message_size;
    return server;
  }

  absl::StatusOr<Measurement> Measure(absl::Duration duration) {
    SB_ASSIGN_OR_RETURN(const absl::Duration before, CpuTime());
    SB_ASSIGN_OR_RETURN(const LoadGenerator::Result result, load_->Run(duration));
    SB_ASSIGN_OR_RETURN(const absl::Duration after, CpuTime());
    const auto calls = static_cast<double>(result.calls);
    return Measurement{absl::ToDoubleMicroseconds(after - before) / calls,
                       calls / absl::ToDoubleSeconds(result.elapsed)};
  }

  // Of its answers, in bytes.
  std::size_t message_size() const { return message_size_; }

 private:
  Server() = default;

  // User and system time of all the server's threads.
  absl::StatusOr<absl::Duration> CpuTime() const {
    clockid_t clock;
    timespec time;
    if (clock_getcpuclockid(process_->pid(), &clock) != 0 || clock_gettime(clock, &time) != 0) {
      return absl::InternalError(absl::StrCat("the server has ended: ", process_->Stderr()));
    }
    return absl::DurationFromTimespec(time);
  }

  testing::TempDirectory directory_;
  std::unique_ptr<testing::ChildProcess> process_;
  std::unique_ptr<LoadGenerator> load_;
  std::size_t message_size_ = 0;
};

struct Report {
  std::size_t message_size = 0;
  std::vector<Round> rounds;
};

absl::StatusOr<Report> Run(const Arguments& arguments) {
  const testing::TempDirectory material;
  WriteMaterial(material.path());
  const Reach reach{arguments.identity, material.path()};
  SB_ASSIGN_OR_RETURN(const auto broker, Server::Start({"--serve=broker"}, reach, arguments.load));
  const std::size_t size = broker->message_size();
  SB_ASSIGN_OR_RETURN(const auto bare,
                      Server::Start({"--serve=bare", absl::StrCat("--message-size=", size)}, reach,
                                    arguments.load));
  if (bare->message_size() != size) {
    return absl::InternalError(absl::StrCat("messages differ: the broker's has ", size,
                                            " bytes, the bare server's ", bare->message_size()));
  }
  Report report{size, {}};
  const absl::Duration duration = absl::Seconds(arguments.seconds);
  for (int i = 0; i < arguments.rounds; ++i) {
    Round round;
    // Who goes first changes, so that neither profits from its place.
    if (i % 2 == 0) {
      SB_ASSIGN_OR_RETURN(round.broker, broker->Measure(duration));
      SB_ASSIGN_OR_RETURN(round.bare, bare->Measure(duration));
    } else {
      SB_ASSIGN_OR_RETURN(round.bare, bare->Measure(duration));
      SB_ASSIGN_OR_RETURN(round.broker, broker->Measure(duration));
    }
    report.rounds.push_back(round);
  }
  return report;
}

// The middle value of what `value` gives for each round.
template <typename F>
double Median(const std::vector<Round>& rounds, F value) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(value(round));
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double MedianRatio(const Report& report) {
  return Median(report.rounds, [](const Round& round) { return round.ratio(); });
}

void PrintTable(const Report& report, const Arguments& arguments) {
  const auto median = [&](auto value) { return Median(report.rounds, value); };
  absl::PrintF(
      "GetSession from a session in hand, callers known by %s, %d bytes an answer; %d connections "
      "with %d calls under "
      "way on each; median of %d rounds of %.1f s\n\n",
      arguments.identity, report.message_size, arguments.load.connections,
      arguments.load.calls_per_connection, arguments.rounds, arguments.seconds);
  absl::PrintF("%-12s %16s %12s\n", "server", "CPU per call", "calls/s");
  absl::PrintF("%-12s %13.2f µs %12.0f\n", "broker",
               median([](const Round& r) { return r.broker.cpu_us_per_call; }),
               median([](const Round& r) { return r.broker.calls_per_second; }));
  absl::PrintF("%-12s %13.2f µs %12.0f\n", "bare gRPC",
               median([](const Round& r) { return r.bare.cpu_us_per_call; }),
               median([](const Round& r) { return r.bare.calls_per_second; }));
  const auto [least, most] =
      std::minmax_element(report.rounds.begin(), report.rounds.end(),
                          [](const Round& a, const Round& b) { return a.ratio() < b.ratio(); });
  absl::PrintF("%-12s %13.3f    (rounds: %.3f to %.3f; goal: at most %.2f)\n", "ratio",
               MedianRatio(report), least->ratio(), most->ratio(), kGoal);
#ifndef NDEBUG
  std::puts("\nNot an optimised build: the numbers mean little.");
#endif
}

nlohmann::json ToJson(const Measurement& measurement) {
  return {{"cpu_us_per_call", measurement.cpu_us_per_call},
          {"calls_per_second", measurement.calls_per_second}};
}

void PrintJson(const Report& report) {
  nlohmann::json rounds = nlohmann::json::array();
  for (const Round& round : report.rounds) {
    rounds.push_back(
        {{"broker", ToJson(round.broker)}, {"bare", ToJson(round.bare)}, {"ratio", round.ratio()}});
  }
  const nlohmann::json json = {{"message_bytes", report.message_size},
                               {"rounds", std::move(rounds)},
                               {"ratio_median", MedianRatio(report)},
                               {"goal", kGoal}};
  std::cout << json.dump(2) << "\n";
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Measures the server's CPU time for a cached GetSession against a bare gRPC callback server "
      "that answers a message of the same size, each in a process of its own, in turns.",
      "hit_benchmark");
  app.add_option("--rounds", arguments.rounds, "Rounds; the median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "Of each server in each round")
      ->check(CLI::Range(0.01, 600.0))
      ->capture_default_str();
  app.add_option("--connections", arguments.load.connections, "Connections to each server")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--calls", arguments.load.calls_per_connection,
                 "Calls under way on each connection")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--identity", arguments.identity,
                 "How the broker knows callers; the bare server is reached the same way")
      ->check(CLI::IsMember({kIdentities[0], kIdentities[1], kIdentities[2]}))
      ->capture_default_str();
  app.add_flag("--json", arguments.json, "Print JSON, with every round");
  app.add_flag("--check", arguments.check, "Exit with 1 if the ratio is above the goal");
  // How it starts its servers; not for people.
  app.add_option("--serve", arguments.serve)->group("");
  app.add_option("--ready-file", arguments.ready_file)->group("");
  app.add_option("--message-size", arguments.message_size)->group("");
  app.add_option("--material", arguments.material)->group("");
  CLI11_PARSE(app, argc, argv);

  const Reach reach{arguments.identity, arguments.material};
  if (arguments.serve == "broker") ServeBroker(reach, arguments.ready_file);
  if (arguments.serve == "bare") ServeBare(reach, arguments.ready_file, arguments.message_size);
  const absl::StatusOr<Report> report = Run(arguments);
  if (!report.ok()) {
    std::cerr << "hit_benchmark: " << report.status().message() << "\n";
    return 1;
  }
  if (arguments.json) {
    PrintJson(*report);
  } else {
    PrintTable(*report, arguments);
  }
  return arguments.check && MedianRatio(*report) > kGoal ? 1 : 0;
}

}  // namespace
}  // namespace sessionbroker::benchmarks

int main(int argc, char** argv) { return sessionbroker::benchmarks::Main(argc, argv); }
