// provider_simulator: the simulated providers as a program of their own.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/simulator/control.h"
#include "tests/simulator/simulator.h"
#include "tests/simulator/tls_certificate.h"

namespace sessionbroker::simulator {
namespace {

constexpr char kDescription[] =
    "Simulated login providers for tests and demos: vtiger, coreBOS, ABMS, TipMoto and iCash, "
    "each\n"
    "below its own base URL (http://HOST:PORT/vtiger, …/corebos, …/abms, …/tipmoto, …/icash), "
    "with\n"
    "real sockets, faults on demand and counters. Everything that can be changed while it runs is "
    "under\n"
    "/_control/, e.g.\n"
    "  curl http://HOST:PORT/_control/\n"
    "  curl http://HOST:PORT/_control/counters\n"
    "  curl http://HOST:PORT/_control/fault -d '{\"kind\":\"reset\",\"family\":\"vtiger\",\n"
    "                                           \"operation\":\"login\",\"count\":3}'\n"
    "  curl http://HOST:PORT/_control/advance -d '{\"seconds\":300}'";

constexpr char kFooter[] =
    "Demo users (see --no-demo-users):\n"
    "  vtiger   admin                  access key vT9demoKey4Admin\n"
    "  corebos  admin                  access key uDFh1i0O56xBHJ9c, password admin\n"
    "  abms     jane+crm@example.com   access key aB5demoKey4Jane0\n"
    "  tipmoto  VASLOGIN               password tajneheslo\n"
    "  icash    api_key 5kdkuujr8l50iv6yp504qxn2grnlhm2h\n"
    "                                  secret_key 0ptpe0rekdtasktyj1nhjxhzbz1bk5n3\n"
    "Ends with status 0 on SIGTERM or SIGINT, 1 where it cannot start.";

struct Flags {
  Simulator::Options options;
  std::string port_file;
  std::string https_port_file;
  std::string certificate_file;
  std::string key_file;
  std::string self_signed_file;
  std::vector<std::string> users;
  std::string users_file;
  std::vector<std::string> settings;
  std::optional<int64_t> freeze;
  bool no_demo_users = false;
  bool quiet = false;
};

void Declare(CLI::App& app, Flags& flags) {
  app.add_option("--listen", flags.options.listen_address, "Numeric address to listen on")
      ->capture_default_str();
  app.add_option("--port", flags.options.port, "HTTP port; 0 takes a free one")
      ->capture_default_str();
  app.add_option("--port-file", flags.port_file,
                 "File that gets the HTTP port once connections are taken");
  auto* const certificate = app.add_option("--certificate", flags.certificate_file,
                                           "PEM file with the certificate chain: adds HTTPS");
  auto* const key = app.add_option("--key", flags.key_file, "PEM file with its private key");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--self-signed", flags.self_signed_file,
                 "Adds HTTPS with a fresh certificate for localhost, which is written to this file")
      ->excludes(certificate);
  app.add_option("--https-port", flags.options.https_port, "HTTPS port; 0 takes a free one")
      ->capture_default_str();
  app.add_option("--https-port-file", flags.https_port_file, "File that gets the HTTPS port");
  app.add_option("--max-connections", flags.options.max_connections,
                 "Connections at a time; one above is closed at once")
      ->check(CLI::Range(1, 30000))
      ->capture_default_str();
  app.add_option(
      "--user", flags.users,
      "FAMILY:NAME:SECRET[:PASSWORD], may be repeated: SECRET is what a login proves, an "
      "access key, TipMoto's password, iCash's secret_key (NAME: its api_key). A NAME that ends in "
      "'*' "
      "stands for every name that begins so");
  app.add_option("--users-file", flags.users_file,
                 "Users, one JSON object a line as for POST /_control/users");
  app.add_flag("--no-demo-users", flags.no_demo_users, "Start without the users below");
  app.add_option("--settings", flags.settings,
                 "JSON object as for POST /_control/settings, may be repeated, e.g. "
                 "'{\"family\":\"corebos\",\"session_idle\":60}'");
  app.add_option("--freeze", flags.freeze,
                 "Unix time at which the providers' clock stands until it is advanced");
  app.add_flag("--quiet", flags.quiet, "Do not print the addresses");
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return text;
}

// Whole or not at all: whoever waits for the file never reads half of it.
absl::Status WriteFile(const std::string& path, const std::string& text) {
  const std::string draft = absl::StrCat(path, ".", getpid());
  std::ofstream file(draft, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file || std::rename(draft.c_str(), path.c_str()) != 0) {
    std::remove(draft.c_str());
    return absl::UnavailableError(absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

absl::Status LoadCertificate(Flags& flags) {
  if (!flags.self_signed_file.empty()) {
    absl::StatusOr<TlsCertificate> made = MakeSelfSignedCertificate();
    if (!made.ok()) return made.status();
    flags.options.certificate_pem = made->certificate_pem;
    flags.options.private_key_pem = made->private_key_pem;
    return WriteFile(flags.self_signed_file, made->certificate_pem);
  }
  if (flags.certificate_file.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> certificate = ReadFile(flags.certificate_file);
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::string> key = ReadFile(flags.key_file);
  if (!key.ok()) return key.status();
  flags.options.certificate_pem = *std::move(certificate);
  flags.options.private_key_pem = *std::move(key);
  return absl::OkStatus();
}

absl::Status AddUserFromFlag(const std::string& text, Simulator& simulator) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 3));
  if (parts.size() < 3) {
    return absl::InvalidArgumentError("--user: expected FAMILY:NAME:SECRET[:PASSWORD]");
  }
  User user;
  user.name = parts[1];
  user.access_key = parts[2];
  if (parts.size() == 4) user.password = parts[3];
  return simulator.SetUser(parts[0], user);
}

absl::Status Prepare(const Flags& flags, Simulator& simulator) {
  absl::Status status;
  for (const std::string& settings : flags.settings) {
    status.Update(ConfigureFromJson(settings, simulator));
  }
  for (const std::string& user : flags.users) status.Update(AddUserFromFlag(user, simulator));
  if (!flags.users_file.empty()) {
    const absl::StatusOr<std::string> text = ReadFile(flags.users_file);
    if (!text.ok()) return text.status();
    for (const std::string& line :
         std::vector<std::string>(absl::StrSplit(*text, '\n', absl::SkipWhitespace()))) {
      status.Update(AddUserFromJson(line, simulator));
    }
  }
  return status;
}

absl::Status Announce(const Flags& flags, const Simulator& simulator) {
  absl::Status status;
  if (!flags.https_port_file.empty()) {
    status.Update(WriteFile(flags.https_port_file, absl::StrCat(simulator.https_port(), "\n")));
  }
  if (!flags.port_file.empty()) {
    status.Update(WriteFile(flags.port_file, absl::StrCat(simulator.port(), "\n")));
  }
  if (!flags.quiet && status.ok()) {
    for (const std::string& family : simulator.families()) {
      std::cout << simulator.url(family) << "\n";
      if (simulator.https_port() != 0) std::cout << simulator.https_url(family) << "\n";
    }
    std::cout << std::flush;
  }
  return status;
}

int Fail(const absl::Status& status) {
  std::cerr << "provider_simulator: " << status.message() << "\n";
  return 1;
}

int Run(int argc, char** argv) {
  Flags flags;
  CLI::App app(kDescription, "provider_simulator");
  app.footer(kFooter);
  Declare(app, flags);
  CLI11_PARSE(app, argc, argv);
  flags.options.demo_users = !flags.no_demo_users;
  if (flags.freeze) flags.options.frozen_time = absl::FromUnixSeconds(*flags.freeze);
  if (absl::Status status = LoadCertificate(flags); !status.ok()) return Fail(status);

  // Before any thread starts, so that none of them takes the signal.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  absl::StatusOr<std::unique_ptr<Simulator>> simulator = Simulator::Start(flags.options);
  if (!simulator.ok()) return Fail(simulator.status());
  if (absl::Status status = Prepare(flags, **simulator); !status.ok()) return Fail(status);
  if (absl::Status status = Announce(flags, **simulator); !status.ok()) return Fail(status);
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace
}  // namespace sessionbroker::simulator

int main(int argc, char** argv) { return sessionbroker::simulator::Run(argc, argv); }
