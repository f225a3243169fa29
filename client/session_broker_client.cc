#include "client/session_broker_client.h"

#include <grpc/support/time.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"

namespace sessionbroker::client {
namespace {

// Where a status carries the serialized google.rpc.Status of the broker.
constexpr char kDetailsUrl[] = "type.googleapis.com/google.rpc.Status";

constexpr char kErrorDomain[] = "sessionbroker";

absl::Status FromGrpc(const grpc::Status& status) {
  // Both enumerations follow google.rpc.Code.
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (!status.error_details().empty()) {
    result.SetPayload(kDetailsUrl, absl::Cord(status.error_details()));
  }
  return result;
}

// Shows the token of a file. gRPC asks on a thread of its own, and on connections with TLS only.
class TokenFile final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  grpc::Status GetMetadata(grpc::string_ref /*url*/, grpc::string_ref /*method*/,
                           const grpc::AuthContext& /*connection*/,
                           std::multimap<std::string, std::string>* metadata) override {
    std::ifstream file(path_, std::ios::binary);
    std::string token((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    absl::StripTrailingAsciiWhitespace(&token);
    if (token.empty()) {
      return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "no token in " + path_);
    }
    metadata->emplace("authorization", "Bearer " + token);
    return grpc::Status::OK;
  }

 private:
  const std::string path_;
};

absl::Status CheckIdentity(const ConnectOptions& options) {
  if (options.certificate_chain.empty() != options.private_key.empty()) {
    return absl::InvalidArgumentError("certificate_chain and private_key go together");
  }
  const bool shows_something = !options.private_key.empty() || !options.token_file.empty();
  if (shows_something && options.ca_certificates.empty()) {
    return absl::InvalidArgumentError(
        "a certificate or token is shown over TLS only: set ca_certificates");
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const ConnectOptions& options) {
  if (options.ca_certificates.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = options.ca_certificates;
  tls.pem_cert_chain = options.certificate_chain;
  tls.pem_private_key = options.private_key;
  std::shared_ptr<grpc::ChannelCredentials> connection = grpc::SslCredentials(tls);
  if (options.token_file.empty()) return connection;
  return grpc::CompositeChannelCredentials(
      connection,
      grpc::MetadataCredentialsFromPlugin(std::make_unique<TokenFile>(options.token_file)));
}

}  // namespace

std::optional<ErrorDetails> DetailsOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kDetailsUrl);
  google::rpc::Status wire;
  if (!payload.has_value() || !wire.ParseFromString(std::string(*payload))) return std::nullopt;
  ErrorDetails details;
  bool from_broker = false;
  for (const google::protobuf::Any& detail : wire.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info) && info.domain() == kErrorDomain) {
      from_broker = true;
      details.reason = info.reason();
      details.metadata.insert(info.metadata().begin(), info.metadata().end());
    } else if (detail.UnpackTo(&retry)) {
      details.retry_after = absl::Seconds(retry.retry_delay().seconds()) +
                            absl::Nanoseconds(retry.retry_delay().nanos());
    }
  }
  if (!from_broker) return std::nullopt;
  return details;
}

struct SessionBrokerClient::Channel {
  // Gives `context` the deadline of a call that starts now.
  void Prepare(grpc::ClientContext* context) const {
    context->set_deadline(gpr_time_from_micros(absl::ToInt64Microseconds(timeout), GPR_TIMESPAN));
  }

  std::unique_ptr<v1::SessionBroker::Stub> stub;
  std::unique_ptr<admin::v1::AdminBroker::Stub> admin;
  absl::Duration timeout;
};

absl::StatusOr<std::unique_ptr<SessionBrokerClient>> SessionBrokerClient::Create(
    const ConnectOptions& options) {
  if (options.address.empty()) return absl::InvalidArgumentError("address: must not be empty");
  if (options.timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("timeout: must be above 0, got " +
                                      absl::FormatDuration(options.timeout));
  }
  if (const absl::Status status = CheckIdentity(options); !status.ok()) return status;
  grpc::ChannelArguments arguments;
  // Sessions do not travel through a proxy that nobody chose for them.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  auto channel = std::make_unique<Channel>();
  const std::shared_ptr<grpc::Channel> connection =
      grpc::CreateCustomChannel(options.address, CredentialsOf(options), arguments);
  channel->stub = v1::SessionBroker::NewStub(connection);
  channel->admin = admin::v1::AdminBroker::NewStub(connection);
  channel->timeout = options.timeout;
  return std::unique_ptr<SessionBrokerClient>(new SessionBrokerClient(std::move(channel)));
}

SessionBrokerClient::SessionBrokerClient(std::unique_ptr<Channel> channel)
    : channel_(std::move(channel)) {}

SessionBrokerClient::~SessionBrokerClient() = default;

absl::StatusOr<v1::Session> SessionBrokerClient::GetSession(absl::string_view provider,
                                                            absl::string_view account,
                                                            absl::Duration min_validity) {
  v1::GetSessionRequest request;
  request.set_provider(std::string(provider));
  request.set_account(std::string(account));
  if (min_validity != absl::ZeroDuration()) {
    absl::Duration rest;
    request.mutable_min_validity()->set_seconds(
        absl::IDivDuration(min_validity, absl::Seconds(1), &rest));
    request.mutable_min_validity()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  }
  grpc::ClientContext context;
  channel_->Prepare(&context);
  v1::GetSessionResponse response;
  const grpc::Status status = channel_->stub->GetSession(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return std::move(*response.mutable_session());
}

absl::StatusOr<v1::InvalidateSessionResponse> SessionBrokerClient::InvalidateSession(
    absl::string_view provider, absl::string_view account, int64_t version,
    v1::InvalidateSessionRequest::Reason reason, absl::string_view detail) {
  v1::InvalidateSessionRequest request;
  request.set_provider(std::string(provider));
  request.set_account(std::string(account));
  request.set_version(version);
  request.set_reason(reason);
  request.set_detail(std::string(detail));
  grpc::ClientContext context;
  channel_->Prepare(&context);
  v1::InvalidateSessionResponse response;
  const grpc::Status status = channel_->stub->InvalidateSession(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<v1::SignRequestResponse> SessionBrokerClient::SignRequest(absl::string_view provider,
                                                                         absl::string_view account,
                                                                         v1::HttpRequest request) {
  v1::SignRequestRequest asked;
  asked.set_provider(std::string(provider));
  asked.set_account(std::string(account));
  *asked.mutable_request() = std::move(request);
  grpc::ClientContext context;
  channel_->Prepare(&context);
  v1::SignRequestResponse response;
  const grpc::Status status = channel_->stub->SignRequest(&context, asked, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<v1::CallProviderResponse> SessionBrokerClient::CallProvider(
    absl::string_view provider, absl::string_view account, v1::HttpRequest request) {
  v1::CallProviderRequest call;
  call.set_provider(std::string(provider));
  call.set_account(std::string(account));
  *call.mutable_request() = std::move(request);
  grpc::ClientContext context;
  channel_->Prepare(&context);
  v1::CallProviderResponse response;
  const grpc::Status status = channel_->stub->CallProvider(&context, call, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<std::vector<v1::Account>> SessionBrokerClient::ListAccounts(
    absl::string_view provider) {
  std::vector<v1::Account> accounts;
  v1::ListAccountsRequest request;
  request.set_provider(std::string(provider));
  do {
    grpc::ClientContext context;
    channel_->Prepare(&context);
    v1::ListAccountsResponse response;
    const grpc::Status status = channel_->stub->ListAccounts(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    for (v1::Account& account : *response.mutable_accounts()) {
      accounts.push_back(std::move(account));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return accounts;
}

absl::StatusOr<admin::v1::UnlatchAccountResponse> SessionBrokerClient::UnlatchAccount(
    absl::string_view provider, absl::string_view account) {
  admin::v1::UnlatchAccountRequest request;
  request.set_provider(std::string(provider));
  request.set_account(std::string(account));
  grpc::ClientContext context;
  channel_->Prepare(&context);
  admin::v1::UnlatchAccountResponse response;
  const grpc::Status status = channel_->admin->UnlatchAccount(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<std::vector<admin::v1::Sequence>> SessionBrokerClient::ListSequences(
    absl::string_view key) {
  std::vector<admin::v1::Sequence> sequences;
  admin::v1::ListSequencesRequest request;
  request.set_key(std::string(key));
  do {
    grpc::ClientContext context;
    channel_->Prepare(&context);
    admin::v1::ListSequencesResponse response;
    const grpc::Status status = channel_->admin->ListSequences(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    for (admin::v1::Sequence& sequence : *response.mutable_sequences()) {
      sequences.push_back(std::move(sequence));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return sequences;
}

absl::StatusOr<admin::v1::RaiseSequenceResponse> SessionBrokerClient::RaiseSequence(
    absl::string_view origin, absl::string_view key, int64_t value) {
  admin::v1::RaiseSequenceRequest request;
  request.set_origin(std::string(origin));
  request.set_key(std::string(key));
  request.set_value(value);
  grpc::ClientContext context;
  channel_->Prepare(&context);
  admin::v1::RaiseSequenceResponse response;
  const grpc::Status status = channel_->admin->RaiseSequence(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<admin::v1::GetStatusResponse> SessionBrokerClient::GetStatus() {
  grpc::ClientContext context;
  channel_->Prepare(&context);
  admin::v1::GetStatusResponse response;
  const grpc::Status status = channel_->admin->GetStatus(&context, {}, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<admin::v1::ExplainAccessResponse> SessionBrokerClient::ExplainAccess(
    absl::string_view caller, absl::string_view provider, absl::string_view account) {
  admin::v1::ExplainAccessRequest request;
  request.set_caller(std::string(caller));
  request.set_provider(std::string(provider));
  request.set_account(std::string(account));
  grpc::ClientContext context;
  channel_->Prepare(&context);
  admin::v1::ExplainAccessResponse response;
  const grpc::Status status = channel_->admin->ExplainAccess(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

}  // namespace sessionbroker::client
