#include "tests/client/fake_broker.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sessionbroker::testing {
namespace {

constexpr std::size_t kPageSize = 2;

// Never finishes by itself; ends when the client has gone.
class SilentCall final : public grpc::ServerUnaryReactor {
 public:
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }
};

std::shared_ptr<grpc::ServerCredentials> Credentials(const FakeBroker::Options& options) {
  if (!options.tls.has_value()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs = {{options.tls->key, options.tls->certificate}};
  return grpc::SslServerCredentials(tls);
}

}  // namespace

FakeBroker::FakeBroker(const Options& options) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.address, Credentials(options), &port);
  builder.RegisterService(this);
  builder.RegisterService(&admin_);
  server_ = builder.BuildAndStart();
  EXPECT_NE(server_, nullptr);
  address_ = absl::StartsWith(options.address, "unix:")
                 ? options.address
                 : absl::StrCat(options.address.substr(0, options.address.rfind(':')), ":", port);
}

FakeBroker::~FakeBroker() { server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC)); }

void FakeBroker::SetError(grpc::StatusCode code, const std::string& reason,
                          const std::string& message, std::optional<absl::Duration> retry_after,
                          const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("sessionbroker");
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  details.add_details()->PackFrom(info);
  if (retry_after.has_value()) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(*retry_after));
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(*retry_after) % 1000000000));
    details.add_details()->PackFrom(retry);
  }
  SetStatus(grpc::Status(code, message, details.SerializeAsString()));
}

grpc::ServerUnaryReactor* FakeBroker::GetSession(grpc::CallbackServerContext* context,
                                                 const v1::GetSessionRequest* request,
                                                 v1::GetSessionResponse* response) {
  last_get_ = *request;
  *response->mutable_session() = session_;
  return Finish(context);
}

grpc::ServerUnaryReactor* FakeBroker::SignRequest(grpc::CallbackServerContext* context,
                                                  const v1::SignRequestRequest* request,
                                                  v1::SignRequestResponse* response) {
  last_sign_ = *request;
  *response = signed_;
  return Finish(context);
}

grpc::ServerUnaryReactor* FakeBroker::ListAccounts(grpc::CallbackServerContext* context,
                                                   const v1::ListAccountsRequest* request,
                                                   v1::ListAccountsResponse* response) {
  std::size_t begin = 0;
  if (!request->page_token().empty()) {
    EXPECT_TRUE(absl::SimpleAtoi(request->page_token(), &begin));
  }
  std::size_t end = std::min(begin + kPageSize, accounts_.size());
  for (std::size_t i = begin; i < end; ++i) {
    const bool wanted =
        request->provider().empty() || request->provider() == accounts_[i].provider();
    if (wanted) *response->add_accounts() = accounts_[i];
  }
  if (end < accounts_.size()) response->set_next_page_token(absl::StrCat(end));
  return Finish(context);
}

grpc::ServerUnaryReactor* FakeBroker::Admin::ListSequences(
    grpc::CallbackServerContext* context, const admin::v1::ListSequencesRequest* request,
    admin::v1::ListSequencesResponse* response) {
  std::size_t begin = 0;
  if (!request->page_token().empty()) {
    EXPECT_TRUE(absl::SimpleAtoi(request->page_token(), &begin));
  }
  const std::size_t end = std::min(begin + kPageSize, sequences.size());
  for (std::size_t i = begin; i < end; ++i) {
    const bool wanted = request->key().empty() || request->key() == sequences[i].key();
    if (wanted) *response->add_sequences() = sequences[i];
  }
  if (end < sequences.size()) response->set_next_page_token(absl::StrCat(end));
  return broker->Finish(context);
}

grpc::ServerUnaryReactor* FakeBroker::Admin::RaiseSequence(
    grpc::CallbackServerContext* context, const admin::v1::RaiseSequenceRequest* request,
    admin::v1::RaiseSequenceResponse* response) {
  last_raise = *request;
  *response = raised;
  return broker->Finish(context);
}

grpc::ServerUnaryReactor* FakeBroker::Admin::GetStatus(
    grpc::CallbackServerContext* context, const admin::v1::GetStatusRequest* /*request*/,
    admin::v1::GetStatusResponse* response) {
  *response = status;
  return broker->Finish(context);
}

grpc::ServerUnaryReactor* FakeBroker::Admin::ExplainAccess(
    grpc::CallbackServerContext* context, const admin::v1::ExplainAccessRequest* request,
    admin::v1::ExplainAccessResponse* response) {
  last_explain = *request;
  *response = explained;
  return broker->Finish(context);
}

grpc::ServerUnaryReactor* FakeBroker::Finish(grpc::CallbackServerContext* context) {
  if (silent_) return new SilentCall;
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(status_);
  return reactor;
}

}  // namespace sessionbroker::testing
