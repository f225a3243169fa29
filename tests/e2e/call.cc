#include "tests/e2e/call.h"

#include <chrono>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sessionbroker::e2e {
namespace {

// Longer than any test may take: a call that is never answered fails the test, not the machine.
constexpr std::chrono::seconds kDeadline(60);

void ReadErrorInfo(const grpc::Status& status, Answer* answer) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return;
  for (const google::protobuf::Any& detail : details.details()) {
    google::rpc::ErrorInfo info;
    if (!detail.UnpackTo(&info)) continue;
    answer->reason = info.reason();
    answer->domain = info.domain();
  }
}

}  // namespace

std::string ReasonOf(const grpc::Status& status) {
  Answer answer;
  ReadErrorInfo(status, &answer);
  return answer.reason;
}

std::ostream& operator<<(std::ostream& out, const Answer& answer) {
  return out << "code " << answer.status.error_code() << " " << answer.reason << ": "
             << answer.status.error_message();
}

struct PendingGetSession::State {
  grpc::ClientContext context;
  v1::GetSessionRequest request;
  v1::GetSessionResponse response;
  std::future<grpc::Status> status;
};

PendingGetSession::PendingGetSession(v1::SessionBroker::Stub* stub, const std::string& provider,
                                     const std::string& account)
    : state_(std::make_unique<State>()) {
  state_->context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  state_->request.set_provider(provider);
  state_->request.set_account(account);
  // The callback owns nothing but the promise: the context holds the channel, which must not end on
  // a thread of gRPC's own.
  auto ended = std::make_shared<std::promise<grpc::Status>>();
  state_->status = ended->get_future();
  stub->async()->GetSession(&state_->context, &state_->request, &state_->response,
                            [ended](grpc::Status status) { ended->set_value(std::move(status)); });
}

PendingGetSession::~PendingGetSession() {
  if (!state_->status.valid()) return;
  state_->context.TryCancel();
  state_->status.wait();
}

Answer PendingGetSession::Wait() {
  Answer answer;
  answer.status = state_->status.get();
  answer.session = state_->response.session();
  ReadErrorInfo(answer.status, &answer);
  const auto& trailers = state_->context.GetServerTrailingMetadata();
  if (const auto it = trailers.find("grpc-retry-pushback-ms"); it != trailers.end()) {
    answer.retry_pushback = std::string(it->second.data(), it->second.size());
  }
  return answer;
}

Answer GetSession(v1::SessionBroker::Stub* stub, const std::string& provider,
                  const std::string& account) {
  return PendingGetSession(stub, provider, account).Wait();
}

std::vector<std::string> ListAccounts(v1::SessionBroker::Stub* stub) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  v1::ListAccountsResponse response;
  const grpc::Status status = stub->ListAccounts(&context, {}, &response);
  if (!status.ok()) return {absl::StrCat("error: ", status.error_message())};
  std::vector<std::string> accounts;
  for (const v1::Account& account : response.accounts()) {
    accounts.push_back(absl::StrCat(account.provider(), "/", account.account(), " ",
                                    v1::Account::State_Name(account.state())));
  }
  return accounts;
}

}  // namespace sessionbroker::e2e
