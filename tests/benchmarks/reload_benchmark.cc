// What very many accounts cost: the real broker's start and memory with so many lines in an account
// file, and what callers notice while it reloads.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/e2e/broker_process.h"
#include "tests/e2e/call.h"
#include "tests/simulator/simulator.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::benchmarks {
namespace {

struct Arguments {
  int accounts = 1'000'000;
  int asked_for = 200;
  double seconds = 3;
};

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << "reload_benchmark: " << value.status().message() << "\n";
    std::exit(1);
  }
  return *std::move(value);
}

// A file of accounts. Another `version` has other lines, which say the same of a login.
void WriteAccounts(const testing::TempDirectory& directory, const simulator::Simulator& simulator,
                   int count, int version) {
  {
    std::ofstream file(directory.File("accounts.ndjson.new"), std::ios::binary);
    for (int i = 0; i < count; ++i) {
      file << R"({"provider":"vtiger","account":"customer-)" << i << R"(","base_url":")"
           << simulator.url("vtiger")
           << R"(","parameters":{"username":"admin"},"allow_secret_in_url":)"
           << (version == 1 ? "false" : "true") << "}\n";
    }
  }
  std::rename(directory.File("accounts.ndjson.new").c_str(),
              directory.File("accounts.ndjson").c_str());
}

int64_t ResidentKib(const e2e::BrokerProcess& broker) {
  std::ifstream status(
      absl::StrCat("/proc/", const_cast<e2e::BrokerProcess&>(broker).process().pid(), "/status"));
  for (std::string line; std::getline(status, line);) {
    int64_t kib = 0;
    if (line.rfind("VmRSS:", 0) == 0) {
      const std::size_t digits = line.find_first_of("0123456789");
      if (absl::SimpleAtoi(line.substr(digits, line.find(' ', digits) - digits), &kib)) return kib;
    }
  }
  return 0;
}

nlohmann::json Percentiles(std::vector<double> milliseconds) {
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](double share) {
    return milliseconds[static_cast<std::size_t>(share *
                                                 static_cast<double>(milliseconds.size() - 1))];
  };
  return {
      {"calls", milliseconds.size()}, {"p50_ms", at(0.5)}, {"p99_ms", at(0.99)}, {"max_ms", at(1)}};
}

// Asks for sessions that are in hand until `is_over`; how long each call took.
template <typename Predicate>
std::vector<double> Hit(const e2e::BrokerProcess& broker, int accounts, Predicate is_over) {
  const auto stub = broker.Stub();
  std::vector<double> milliseconds;
  for (int i = 0; !is_over(); ++i) {
    const absl::Time begun = absl::Now();
    const e2e::Answer answer =
        e2e::GetSession(stub.get(), "vtiger", absl::StrCat("customer-", i % accounts));
    milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - begun));
    if (!answer.ok()) {
      std::cerr << "reload_benchmark: a call failed: " << answer << "\n";
      std::exit(1);
    }
  }
  return milliseconds;
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Measures the broker with very many accounts: start, memory, hits during a reload.",
               "reload_benchmark");
  app.add_option("--accounts", arguments.accounts, "Lines of the account file")
      ->check(CLI::Range(100, 10'000'000))
      ->capture_default_str();
  app.add_option("--asked-for", arguments.asked_for, "Accounts that log in")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "Of hits without a reload")
      ->check(CLI::Range(0.01, 600.0))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const testing::TempDirectory directory;
  const auto simulator = OrDie(simulator::Simulator::Start());
  std::string key;
  for (const auto& [family, user] : simulator::Simulator::DemoUsers()) {
    if (family == "vtiger") key = user.access_key.value_or("");
  }
  const auto write_config = [&](const char* more) {
    directory.Write(
        "broker.yaml",
        absl::StrCat("listeners: [{address: \"127.0.0.1:0\"}]\n"
                     "admin: {address: \"127.0.0.1:0\"}\n"
                     "state_directory: state\n"
                     "log: {level: warning}\n"
                     "rules: [{callers: [loopback], accounts: [\"*/*\"], allow: [get]}]\n",
                     more));
  };

  write_config("");
  int64_t bare_kib = 0;
  {
    const auto bare = OrDie(e2e::BrokerProcess::Start(directory.File("broker.yaml")));
    bare_kib = ResidentKib(*bare);
  }
  for (int i = 0; i < arguments.asked_for; ++i) {
    directory.Write(absl::StrCat("secrets/customer-", i, "/access_key"), key);
  }
  write_config(
      "account_files: [accounts.ndjson]\n"
      "secret_file_template: \"secrets/{account}/{name}\"\n");
  WriteAccounts(directory, *simulator, arguments.accounts, 1);
  const absl::Time begun = absl::Now();
  const auto broker = OrDie(e2e::BrokerProcess::Start(directory.File("broker.yaml")));
  const absl::Duration start = absl::Now() - begun;
  const int64_t kib = ResidentKib(*broker);

  // All of them log in.
  int asked = 0;
  Hit(*broker, arguments.asked_for, [&] { return asked++ == arguments.asked_for; });
  const absl::Time quiet_end = absl::Now() + absl::Seconds(arguments.seconds);
  const std::vector<double> quiet =
      Hit(*broker, arguments.asked_for, [&] { return absl::Now() > quiet_end; });

  std::atomic<bool> is_over{false};
  absl::Duration reload;
  std::thread watcher([&] {
    const absl::Time changed = absl::Now();
    WriteAccounts(directory, *simulator, arguments.accounts, 2);
    while (broker->Metric("sessionbroker_config_generation") < 2) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    reload = absl::Now() - changed;
    is_over = true;
  });
  std::vector<double> reloading = Hit(*broker, arguments.asked_for, [&] { return is_over.load(); });
  watcher.join();

  const nlohmann::json report = {
      {"accounts", arguments.accounts},
      {"start_s", absl::ToDoubleSeconds(start)},
      {"bytes_an_account", static_cast<double>(kib - bare_kib) * 1024 / arguments.accounts},
      {"reload_s", absl::ToDoubleSeconds(reload)},
      {"hits_quiet", Percentiles(quiet)},
      {"calls_while_reloading", Percentiles(std::move(reloading))}};
  std::cout << report.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace sessionbroker::benchmarks

int main(int argc, char** argv) { return sessionbroker::benchmarks::Main(argc, argv); }
