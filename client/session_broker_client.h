#ifndef SESSIONBROKER_CLIENT_SESSION_BROKER_CLIENT_H_
#define SESSIONBROKER_CLIENT_SESSION_BROKER_CLIENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sessionbroker/admin/v1/admin_broker.pb.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::client {

// How to reach a broker.
struct ConnectOptions {
  // "HOST:PORT", "[V6]:PORT" or "unix:/path".
  std::string address = "127.0.0.1:7480";
  // The certificates that vouch for the broker, PEM. Empty: plaintext.
  std::string ca_certificates = {};
  // The client's own certificate, leaf first, and its key, both PEM: both or neither, and only with
  // `ca_certificates`.
  std::string certificate_chain = {};
  std::string private_key = {};
  // A file with the bearer token that each call shows, read anew for each, as Kubernetes replaces
  // it. Empty: none. Only with `ca_certificates`.
  std::string token_file = {};
  // For each call; it is DEADLINE_EXCEEDED after that. A first login may take its time.
  absl::Duration timeout = absl::Seconds(30);
};

// What an error of the broker says besides code and message; docs/api.md is the table.
struct ErrorDetails {
  // E.g. "CREDENTIALS_REJECTED".
  std::string reason;
  // When to try again; unset: trying again does not help.
  std::optional<absl::Duration> retry_after;
  // Names and limits.
  std::map<std::string, std::string> metadata;
};

// What `status`, returned by a call below, carries. Nothing: the error is gRPC's own, e.g.
// UNAVAILABLE where nothing listens.
std::optional<ErrorDetails> DetailsOf(const absl::Status& status);

// Calls a broker, one answer at a time. Never retries: DetailsOf says whether and when to. Takes no
// proxy from the environment. Thread-safe.
class SessionBrokerClient {
 public:
  // Connects with the first call. Errors: INVALID_ARGUMENT for an empty address, a timeout that is
  // not above 0, and a certificate or token without what it goes with.
  static absl::StatusOr<std::unique_ptr<SessionBrokerClient>> Create(const ConnectOptions& options);

  ~SessionBrokerClient();
  SessionBrokerClient(const SessionBrokerClient&) = delete;
  SessionBrokerClient& operator=(const SessionBrokerClient&) = delete;

  // A session that stays usable for at least `min_validity`; waits for a login where there is none.
  absl::StatusOr<v1::Session> GetSession(absl::string_view provider, absl::string_view account,
                                         absl::Duration min_validity = absl::ZeroDuration());

  // Reports the session of this version as dead. `detail`: for the operator's log.
  absl::StatusOr<v1::InvalidateSessionResponse> InvalidateSession(
      absl::string_view provider, absl::string_view account, int64_t version,
      v1::InvalidateSessionRequest::Reason reason, absl::string_view detail = "");

  // The request complete, as it must be sent. What it answers is good for one request.
  absl::StatusOr<v1::SignRequestResponse> SignRequest(absl::string_view provider,
                                                      absl::string_view account,
                                                      v1::HttpRequest request);

  // The provider's answer to `request`, which the broker sends with all that belongs to it. Where
  // the error is CALL_UNANSWERED the provider may have executed it.
  absl::StatusOr<v1::CallProviderResponse> CallProvider(absl::string_view provider,
                                                        absl::string_view account,
                                                        v1::HttpRequest request);

  // The accounts that the caller may list, of one provider or, where it is empty, of all.
  absl::StatusOr<std::vector<v1::Account>> ListAccounts(absl::string_view provider = "");

  // For operators. The account may log in again, whatever its last login came to.
  absl::StatusOr<admin::v1::UnlatchAccountResponse> UnlatchAccount(absl::string_view provider,
                                                                   absl::string_view account);

  // For operators. The sequences of nonces, of one key or, where it is empty, of all.
  absl::StatusOr<std::vector<admin::v1::Sequence>> ListSequences(absl::string_view key = "");

  // For operators. Every nonce of `key` at `origin` up to `value` counts as used from now on.
  absl::StatusOr<admin::v1::RaiseSequenceResponse> RaiseSequence(absl::string_view origin,
                                                                 absl::string_view key,
                                                                 int64_t value);

  // For operators. How the broker stands.
  absl::StatusOr<admin::v1::GetStatusResponse> GetStatus();

  // For operators. What the rules let `caller`, such as "k8s:prod/crm", do with an account.
  absl::StatusOr<admin::v1::ExplainAccessResponse> ExplainAccess(absl::string_view caller,
                                                                 absl::string_view provider,
                                                                 absl::string_view account);

 private:
  struct Channel;

  explicit SessionBrokerClient(std::unique_ptr<Channel> channel);

  std::unique_ptr<Channel> channel_;
};

}  // namespace sessionbroker::client

#endif  // SESSIONBROKER_CLIENT_SESSION_BROKER_CLIENT_H_
