#include "tests/e2e/broker_process.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>
#include <httplib.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/base/status_macros.h"
#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"

namespace sessionbroker::e2e {

std::string BrokerProcess::Binary() { return SB_BROKER_BINARY; }

std::unique_ptr<ChildProcess> BrokerProcess::Run(std::vector<std::string> arguments,
                                                 std::map<std::string, std::string> environment) {
  arguments.insert(arguments.begin(), Binary());
  // The broker forbids itself to be traced, without which the leak sanitizer fails.
  const char* const asan = std::getenv("ASAN_OPTIONS");
  environment.emplace("ASAN_OPTIONS", absl::StrCat(asan == nullptr ? "" : asan, ":detect_leaks=0"));
  return ChildProcess::Start({.command = std::move(arguments),
                              .environment = std::move(environment),
                              .working_directory = {}});
}

absl::StatusOr<std::unique_ptr<BrokerProcess>> BrokerProcess::Start(
    const std::string& config_file, std::map<std::string, std::string> environment) {
  auto broker = std::unique_ptr<BrokerProcess>(new BrokerProcess());
  const std::string ready_file = broker->ready_.File("ready.json");
  broker->process_ =
      Run({"--config", config_file, "--ready-file", ready_file}, std::move(environment));
  SB_ASSIGN_OR_RETURN(const std::string text, broker->process_->WaitForFile(ready_file));
  const nlohmann::json ready = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!ready.is_object()) return absl::InternalError(absl::StrCat("ready file: ", text));
  broker->listeners_ = ready.value("listeners", std::vector<std::string>());
  const std::string admin = ready.value("admin", "");
  if (!absl::SimpleAtoi(admin.substr(admin.rfind(':') + 1), &broker->admin_port_)) {
    broker->admin_port_ = 0;
  }
  return broker;
}

std::unique_ptr<v1::SessionBroker::Stub> BrokerProcess::Stub(
    std::size_t listener, const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
  grpc::ChannelArguments arguments;
  // Channels to one address share a connection otherwise.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return v1::SessionBroker::NewStub(
      grpc::CreateCustomChannel(listeners_.at(listener), credentials, arguments));
}

std::string BrokerProcess::Unlatch(const std::string& provider, const std::string& account) const {
  const auto stub = admin::v1::AdminBroker::NewStub(
      grpc::CreateChannel(listeners_.front(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  admin::v1::UnlatchAccountRequest request;
  request.set_provider(provider);
  request.set_account(account);
  admin::v1::UnlatchAccountResponse response;
  const grpc::Status status = stub->UnlatchAccount(&context, request, &response);
  if (!status.ok()) return status.error_message();
  return admin::v1::UnlatchAccountResponse::Result_Name(response.result());
}

std::string BrokerProcess::Admin(const std::string& path) const {
  const httplib::Result answer = httplib::Client("127.0.0.1", admin_port_).Get(path);
  return answer && answer->status == 200 ? answer->body : "";
}

double BrokerProcess::Metric(const std::string& series) const {
  const std::string metrics = Admin("/metrics");
  for (const absl::string_view line : absl::StrSplit(metrics, '\n')) {
    double value = 0;
    if (absl::StartsWith(line, absl::StrCat(series, " ")) &&
        absl::SimpleAtod(line.substr(series.size() + 1), &value)) {
      return value;
    }
  }
  return 0;
}

void BrokerProcess::SetDiskFull(bool full) const {
  rlimit limit = {};
  if (prlimit(process_->pid(), RLIMIT_FSIZE, nullptr, &limit) != 0) std::abort();
  limit.rlim_cur = full ? 4096 : limit.rlim_max;
  if (prlimit(process_->pid(), RLIMIT_FSIZE, &limit, nullptr) != 0) std::abort();
}

absl::StatusOr<ExitStatus> BrokerProcess::Stop() {
  process_->Signal(SIGTERM);
  return process_->Wait();
}

}  // namespace sessionbroker::e2e
