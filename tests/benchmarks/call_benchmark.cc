// What a request of CallProvider's costs: the broker, whole, before a simulated provider, and a
// bare loop over libcurl's multi interface that sends the provider the same bytes, in turns. The
// broker's CPU time is that of its process: gRPC, rules, session, checks, curl, judging, metrics.

#include <curl/curl.h>
#include <grpcpp/security/credentials.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/base/status_macros.h"
#include "tests/benchmarks/load_generator.h"
#include "tests/e2e/broker_config.h"
#include "tests/e2e/broker_process.h"
#include "tests/e2e/call.h"
#include "tests/e2e/provider_call.h"
#include "tests/simulator/simulator.h"
#include "tests/testing/child_process.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::benchmarks {
namespace {

constexpr double kGoal = 2.00;
constexpr absl::Duration kWarmUp = absl::Milliseconds(500);
constexpr char kFamily[] = "vtiger";
constexpr char kForm[] = "operation=listtypes&fieldTypeList=%5B%22email%22%5D";

struct Arguments {
  int rounds = 9;
  double seconds = 1.0;
  Load load = {.connections = 2, .calls_per_connection = 8};
  bool json = false;
  bool check = false;

  int in_flight() const { return load.connections * load.calls_per_connection; }
};

struct Measurement {
  double cpu_us_per_call = 0;
  double calls_per_second = 0;
};

struct Round {
  Measurement broker;
  Measurement bare;

  double ratio() const { return broker.cpu_us_per_call / bare.cpu_us_per_call; }
};

absl::StatusOr<absl::Duration> CpuTime(clockid_t clock) {
  timespec time;
  if (clock_gettime(clock, &time) != 0) return absl::InternalError("a process has ended");
  return absl::DurationFromTimespec(time);
}

std::size_t Ignore(char* /*bytes*/, std::size_t size, std::size_t count, void* total) {
  *static_cast<std::size_t*>(total) += size * count;
  return size * count;
}

// A loop over curl's multi interface with so many handles, each of which sends the same request
// again and again over its kept connection.
class BareLoop {
 public:
  BareLoop(std::string url, std::string form, int in_flight)
      : url_(std::move(url)), form_(std::move(form)), multi_(curl_multi_init()) {
    // What the broker sends, too.
    for (const char* line : {"User-Agent: session-broker/1", "Expect:"}) {
      headers_ = curl_slist_append(headers_, line);
    }
    for (int i = 0; i < in_flight; ++i) {
      CURL* const easy = curl_easy_init();
      curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form_.c_str());
      curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
      curl_easy_setopt(easy, CURLOPT_PROXY, "");
      curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Ignore);
      curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received_);
      idle_.push_back(easy);
      all_.push_back(easy);
    }
  }
  ~BareLoop() {
    for (CURL* const easy : all_) {
      curl_multi_remove_handle(multi_, easy);
      curl_easy_cleanup(easy);
    }
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;

  absl::StatusOr<LoadGenerator::Result> Run(absl::Duration duration) {
    LoadGenerator::Result result;
    const absl::Time begun = absl::Now();
    int running = 0;
    do {
      while (!idle_.empty() && absl::Now() - begun < duration) {
        curl_multi_add_handle(multi_, idle_.back());
        idle_.pop_back();
      }
      curl_multi_perform(multi_, &running);
      int left = 0;
      while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
        CURL* const easy = message->easy_handle;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (message->data.result != CURLE_OK || status != 200) {
          return absl::InternalError(
              absl::StrCat("bare: ", curl_easy_strerror(message->data.result), ", HTTP ", status));
        }
        curl_multi_remove_handle(multi_, easy);
        idle_.push_back(easy);
        ++result.calls;
      }
      if (running > 0) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    } while (idle_.size() < all_.size() || absl::Now() - begun < duration);
    result.elapsed = absl::Now() - begun;
    return result;
  }

 private:
  const std::string url_;
  const std::string form_;
  CURLM* const multi_;
  curl_slist* headers_ = nullptr;
  std::size_t received_ = 0;
  std::vector<CURL*> idle_;
  std::vector<CURL*> all_;
};

// The provider and the broker, each a process of its own.
struct Setting {
  testing::TempDirectory directory;
  std::unique_ptr<testing::ChildProcess> provider;
  std::string base_url;
  std::unique_ptr<e2e::BrokerProcess> broker;
  std::string session_id;
};

absl::StatusOr<std::unique_ptr<Setting>> SetUp() {
  auto setting = std::make_unique<Setting>();
  const std::string port_file = setting->directory.File("port");
  setting->provider =
      testing::ChildProcess::Start({.command = {SB_PROVIDER_SIMULATOR, "--quiet", "--port=0",
                                                absl::StrCat("--port-file=", port_file)},
                                    .environment = {},
                                    .working_directory = ""});
  SB_ASSIGN_OR_RETURN(const std::string port, setting->provider->WaitForFile(port_file));
  setting->base_url = absl::StrCat("http://127.0.0.1:", std::stoi(port), "/", kFamily);
  e2e::BrokerConfig config;
  config.log_level = "info";
  e2e::AccountConfig account;
  account.provider = kFamily;
  account.base_url = setting->base_url;
  for (const auto& [family, user] : simulator::Simulator::DemoUsers()) {
    if (family != kFamily) continue;
    account.parameters = {{"username", user.name}};
    account.secrets = {{"access_key", user.access_key.value_or("")}};
  }
  config.accounts.push_back(std::move(account));
  SB_ASSIGN_OR_RETURN(setting->broker,
                      e2e::BrokerProcess::Start(config.Write(setting->directory.path())));
  const e2e::Answer answer = e2e::GetSession(setting->broker->Stub().get(), kFamily, "main");
  if (!answer.ok()) return absl::InternalError(answer.status.error_message());
  setting->session_id = answer.session.id();
  return setting;
}

template <typename Loop>
absl::StatusOr<Measurement> Measure(Loop& loop, clockid_t clock, absl::Duration duration) {
  SB_ASSIGN_OR_RETURN(const absl::Duration before, CpuTime(clock));
  SB_ASSIGN_OR_RETURN(const LoadGenerator::Result result, loop.Run(duration));
  SB_ASSIGN_OR_RETURN(const absl::Duration after, CpuTime(clock));
  const auto calls = static_cast<double>(result.calls);
  return Measurement{absl::ToDoubleMicroseconds(after - before) / calls,
                     calls / absl::ToDoubleSeconds(result.elapsed)};
}

absl::StatusOr<std::vector<Round>> Run(const Arguments& arguments) {
  SB_ASSIGN_OR_RETURN(const std::unique_ptr<Setting> setting, SetUp());
  v1::CallProviderRequest request;
  request.set_provider(kFamily);
  request.set_account("main");
  *request.mutable_request() =
      e2e::Post("/webservice.php", {{"operation", "listtypes"}, {"fieldTypeList", "[\"email\"]"}});
  LoadGenerator load(setting->broker->listeners().front(), grpc::InsecureChannelCredentials(),
                     "/sessionbroker.v1.SessionBroker/CallProvider", request.SerializeAsString(),
                     arguments.load);
  BareLoop bare(absl::StrCat(setting->base_url, "/webservice.php"),
                absl::StrCat(kForm, "&sessionName=", setting->session_id), arguments.in_flight());
  clockid_t broker_clock = 0;
  if (clock_getcpuclockid(setting->broker->process().pid(), &broker_clock) != 0) {
    return absl::InternalError("the broker has ended");
  }
  SB_RETURN_IF_ERROR(load.Run(kWarmUp).status());
  SB_RETURN_IF_ERROR(bare.Run(kWarmUp).status());
  std::vector<Round> rounds;
  const absl::Duration duration = absl::Seconds(arguments.seconds);
  for (int i = 0; i < arguments.rounds; ++i) {
    Round round;
    SB_ASSIGN_OR_RETURN(round.broker, Measure(load, broker_clock, duration));
    SB_ASSIGN_OR_RETURN(round.bare, Measure(bare, CLOCK_THREAD_CPUTIME_ID, duration));
    rounds.push_back(round);
  }
  return rounds;
}

template <typename F>
double Median(const std::vector<Round>& rounds, F value) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(value(round));
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double MedianRatio(const std::vector<Round>& rounds) {
  return Median(rounds, [](const Round& round) { return round.ratio(); });
}

void PrintTable(const std::vector<Round>& rounds, const Arguments& arguments) {
  absl::PrintF(
      "CallProvider before a simulated provider, %d under way; median of %d rounds of %.1f s\n\n",
      arguments.in_flight(), arguments.rounds, arguments.seconds);
  absl::PrintF("%-16s %16s %12s\n", "client", "CPU per call", "calls/s");
  absl::PrintF("%-16s %13.2f µs %12.0f\n", "broker",
               Median(rounds, [](const Round& r) { return r.broker.cpu_us_per_call; }),
               Median(rounds, [](const Round& r) { return r.broker.calls_per_second; }));
  absl::PrintF("%-16s %13.2f µs %12.0f\n", "bare libcurl",
               Median(rounds, [](const Round& r) { return r.bare.cpu_us_per_call; }),
               Median(rounds, [](const Round& r) { return r.bare.calls_per_second; }));
  const auto [least, most] =
      std::minmax_element(rounds.begin(), rounds.end(),
                          [](const Round& a, const Round& b) { return a.ratio() < b.ratio(); });
  absl::PrintF("%-16s %13.3f    (rounds: %.3f to %.3f; goal: at most %.2f)\n", "ratio",
               MedianRatio(rounds), least->ratio(), most->ratio(), kGoal);
#ifndef NDEBUG
  std::puts("\nNot an optimised build: the numbers mean little.");
#endif
}

void PrintJson(const std::vector<Round>& rounds) {
  nlohmann::json all = nlohmann::json::array();
  for (const Round& round : rounds) {
    all.push_back({{"broker_cpu_us", round.broker.cpu_us_per_call},
                   {"bare_cpu_us", round.bare.cpu_us_per_call},
                   {"ratio", round.ratio()}});
  }
  std::cout << nlohmann::json{{"rounds", std::move(all)},
                              {"ratio_median", MedianRatio(rounds)},
                              {"goal", kGoal}}
                   .dump(2)
            << "\n";
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Measures the broker's CPU time for a CallProvider against a bare libcurl loop that sends "
      "the "
      "same request, in turns.",
      "call_benchmark");
  app.add_option("--rounds", arguments.rounds, "Rounds; the median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "Of each in each round")
      ->check(CLI::Range(0.01, 600.0))
      ->capture_default_str();
  app.add_option("--connections", arguments.load.connections, "Connections to the broker")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--calls", arguments.load.calls_per_connection,
                 "Calls under way on each connection")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--json", arguments.json, "Print JSON, with every round");
  app.add_flag("--check", arguments.check, "Exit with 1 if the ratio is above the goal");
  CLI11_PARSE(app, argc, argv);
  const absl::StatusOr<std::vector<Round>> rounds = Run(arguments);
  if (!rounds.ok()) {
    std::cerr << "call_benchmark: " << rounds.status().message() << "\n";
    return 1;
  }
  if (arguments.json) {
    PrintJson(*rounds);
  } else {
    PrintTable(*rounds, arguments);
  }
  return arguments.check && MedianRatio(*rounds) > kGoal ? 1 : 0;
}

}  // namespace
}  // namespace sessionbroker::benchmarks

int main(int argc, char** argv) {
  curl_global_init(CURL_GLOBAL_ALL);
  return sessionbroker::benchmarks::Main(argc, argv);
}
