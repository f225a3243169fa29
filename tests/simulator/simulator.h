#ifndef SESSIONBROKER_TESTS_SIMULATOR_SIMULATOR_H_
#define SESSIONBROKER_TESTS_SIMULATOR_SIMULATOR_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/simulator/clock.h"
#include "tests/simulator/counters.h"
#include "tests/simulator/family.h"
#include "tests/simulator/fault.h"
#include "tests/simulator/listener.h"
#include "tests/simulator/mutex.h"
#include "tests/simulator/server.h"
#include "tests/simulator/wire.h"

namespace sessionbroker::simulator {

// Providers that do not exist, on real sockets: each family answers under its own path prefix
// (/vtiger/webservice.php, …) as the real server was observed or is documented to. It shares no
// code with the service. Thread-safe. Functions that take a family return NOT_FOUND for one that
// there is not.
class Simulator final : private Handler {
 public:
  struct Options {
    std::string listen_address = "127.0.0.1";
    int port = 0;  // 0 takes a free one, here and below.
    // PEM text; with both there is an HTTPS port too.
    std::string certificate_pem = {};
    std::string private_key_pem = {};
    int https_port = 0;
    int max_connections = 2000;
    // The providers' clock stands here until it is moved; unset: it runs.
    std::optional<absl::Time> frozen_time = std::nullopt;
    // vtiger and coreBOS "admin", TipMoto "VASLOGIN", …; see DemoUsers().
    bool demo_users = true;
  };

  static absl::StatusOr<std::unique_ptr<Simulator>> Start(Options options);
  static absl::StatusOr<std::unique_ptr<Simulator>> Start() { return Start(Options()); }
  // (family, user); the keys are made up.
  static std::vector<std::pair<std::string, User>> DemoUsers();
  // Ends all connections and waits for their threads.
  ~Simulator() override;

  int port() const { return plain_->port(); }
  int https_port() const { return https_ == nullptr ? 0 : https_->port(); }
  std::vector<std::string> families() const;
  // The base URL of a family, e.g. "http://127.0.0.1:4711/vtiger", without a trailing slash.
  std::string url(const std::string& family) const;
  std::string https_url(const std::string& family) const;
  // The same on a port of the family's own, opened at the first call, which can refuse.
  absl::StatusOr<std::string> dedicated_url(const std::string& family)
      ABSL_LOCKS_EXCLUDED(ports_mutex_);
  // For kClose and kRefuse the family's dedicated port also drops its open connections.
  absl::Status SetPortMode(const std::string& family, PortMode mode)
      ABSL_LOCKS_EXCLUDED(ports_mutex_);

  absl::Status SetUser(const std::string& family, User user);
  absl::StatusOr<Settings> settings(const std::string& family) const;
  absl::Status Configure(const std::string& family, const Settings& settings);
  // Those of that user; an empty name: all.
  absl::Status KillSessions(const std::string& family, SessionEnd end = SessionEnd::kGone,
                            const std::string& user = "");
  absl::Status ExpireChallenges(const std::string& family);
  absl::Status QueueToken(const std::string& family, std::string token);
  absl::Status QueueSession(const std::string& family, std::string session);

  // INVALID_ARGUMENT for a fault of a family that there is not.
  absl::Status AddFault(Fault fault);
  void ClearFaults() { faults_.Clear(); }

  absl::Time Now() const { return clock_.Now(); }
  void AdvanceTime(absl::Duration step) { clock_.Advance(step); }
  void FreezeTime(absl::Time time) { clock_.Freeze(time); }

  Counters counters() const { return counters_.Read(); }
  // The last 256 requests, oldest first, each with its family.
  std::deque<std::pair<std::string, Request>> recent_requests() const { return counters_.Recent(); }
  void ResetCounters() { counters_.Reset(); }
  int open_connections() const { return server_->open_connections(); }

  // Everything back to the start and every port open; the users stay.
  void Reset() ABSL_LOCKS_EXCLUDED(ports_mutex_);

 private:
  explicit Simulator(const Options& options);

  absl::Status Open();
  bool Handle(const Request& request, Wire& wire) override;
  absl::StatusOr<Family*> Find(const std::string& family) const;
  std::string Url(const char* scheme, int port, const std::string& family) const;
  absl::StatusOr<Listener*> Dedicated(const std::string& family)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(ports_mutex_);

  const Options options_;
  Clock clock_;
  std::map<std::string, std::unique_ptr<Family>> families_;
  Faults faults_;
  CounterBook counters_;
  // The ports go before the server, which goes before all that it calls.
  std::unique_ptr<Server> server_;
  std::unique_ptr<Listener> plain_;
  std::unique_ptr<Listener> https_;
  Mutex ports_mutex_;
  std::map<std::string, std::unique_ptr<Listener>> dedicated_ ABSL_GUARDED_BY(ports_mutex_);
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_SIMULATOR_H_
