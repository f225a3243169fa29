#ifndef SESSIONBROKER_TESTS_E2E_BROKER_PROCESS_H_
#define SESSIONBROKER_TESTS_E2E_BROKER_PROCESS_H_

#include <grpcpp/security/credentials.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"
#include "tests/testing/child_process.h"

namespace sessionbroker::e2e {

using testing::ChildProcess;
using testing::ExitStatus;

// The real session-broker as a process of its own, serving. Stopped for good when this goes.
class BrokerProcess {
 public:
  // Runs it on a configuration file and waits until it serves. UNAVAILABLE with its stderr if it
  // ends before.
  static absl::StatusOr<std::unique_ptr<BrokerProcess>> Start(
      const std::string& config_file, std::map<std::string, std::string> environment = {});

  // The program's path.
  static std::string Binary();

  // The same as Start without waiting: for processes that are meant to end.
  static std::unique_ptr<ChildProcess> Run(std::vector<std::string> arguments,
                                           std::map<std::string, std::string> environment = {});

  ChildProcess& process() { return *process_; }
  // As bound, in the order of the configuration.
  const std::vector<std::string>& listeners() const { return listeners_; }
  int admin_port() const { return admin_port_; }

  // A client of a listener, over a connection of its own.
  std::unique_ptr<v1::SessionBroker::Stub> Stub(
      std::size_t listener = 0, const std::shared_ptr<grpc::ChannelCredentials>& credentials =
                                    grpc::InsecureChannelCredentials()) const;

  // An operator lets the account log in again, whatever its last login came to. The result's name.
  std::string Unlatch(const std::string& provider, const std::string& account) const;

  // GET on the admin listener: the body, or "" where it is not answered with 200.
  std::string Admin(const std::string& path) const;

  // The value of the metric line that begins with `series`; 0 where there is none.
  double Metric(const std::string& series) const;

  // While `full`, what the process would write beyond the first 4 KiB of a file fails, as on a disk
  // that is full. Needs no privileges.
  void SetDiskFull(bool full) const;

  // SIGTERM, and how it ended.
  absl::StatusOr<ExitStatus> Stop();

 private:
  BrokerProcess() = default;

  testing::TempDirectory ready_;
  std::unique_ptr<ChildProcess> process_;
  std::vector<std::string> listeners_;
  int admin_port_ = 0;
};

}  // namespace sessionbroker::e2e

#endif  // SESSIONBROKER_TESTS_E2E_BROKER_PROCESS_H_
