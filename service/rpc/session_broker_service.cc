#include "service/rpc/session_broker_service.h"

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/base/mutex.h"
#include "service/base/status_macros.h"
#include "service/rpc/identify.h"
#include "service/rpc/message_bytes.h"
#include "service/rpc/provider_call.h"
#include "service/rpc/refusals.h"
#include "service/rpc/request_checks.h"
#include "service/rpc/sign_call.h"
#include "service/rpc/time_encoding.h"
#include "service/rpc/watch_stream.h"
#include "service/telemetry/names.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"

namespace sessionbroker::rpc {
namespace {

using sessions::SessionPtr;

std::shared_ptr<const std::string> EncodedOf(const SessionPtr& session) {
  return std::shared_ptr<const std::string>(session, &session->encoded);
}

// A GetSession that waits for a login. Belongs to gRPC until OnDone and to the session manager
// until it has called back or been told to give up; whichever ends last frees it.
class WaitingGet final : public grpc::ServerUnaryReactor {
 public:
  // Asks `sessions`; the answer may come before this returns.
  static grpc::ServerUnaryReactor* Begin(access::GuardedSessions* sessions,
                                         const access::Call& call, base::AccountIdView id,
                                         absl::Duration min_validity, const Refusals* refusals,
                                         grpc::CallbackServerContext* context,
                                         grpc::ByteBuffer* response) {
    const auto waiting = std::make_shared<WaitingGet>(refusals, context, response);
    waiting->held_by_grpc_ = waiting;
    access::GuardedSessions::PendingGet pending = sessions->Get(
        call, id, min_validity,
        [waiting](absl::StatusOr<SessionPtr> session) { waiting->Answer(std::move(session)); });
    base::MutexLock lock(&waiting->pending_mutex_);
    waiting->pending_ = std::move(pending);
    return waiting.get();
  }

  WaitingGet(const Refusals* refusals, grpc::CallbackServerContext* context,
             grpc::ByteBuffer* response)
      : refusals_(refusals), context_(context), response_(response) {}

  void OnCancel() override {
    access::GuardedSessions::PendingGet pending;
    {
      base::MutexLock lock(&pending_mutex_);
      pending = pending_;
    }
    // Either the manager calls Answer, or it never will: so there is exactly one Finish.
    if (pending.GiveUp()) Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override { const std::shared_ptr<WaitingGet> last = std::move(held_by_grpc_); }

 private:
  // gRPC keeps context and response until OnDone, which follows Finish.
  void Answer(absl::StatusOr<SessionPtr> session) {
    if (!session.ok()) {
      Finish(refusals_->Refuse(session.status(), context_));
      return;
    }
    SetMessage(EncodedOf(*session), response_);
    Finish(grpc::Status::OK);
  }

  const Refusals* const refusals_;
  grpc::CallbackServerContext* const context_;
  grpc::ByteBuffer* const response_;
  // gRPC calls OnCancel only after Begin has returned, but keeps that order inside its library,
  // where ThreadSanitizer does not look.
  base::Mutex pending_mutex_;
  access::GuardedSessions::PendingGet pending_ ABSL_GUARDED_BY(pending_mutex_);
  std::shared_ptr<WaitingGet> held_by_grpc_;
};

v1::Account::State ToWire(sessions::Standing standing) {
  switch (standing) {
    case sessions::Standing::kAbsent:
      return v1::Account::STATE_ABSENT;
    case sessions::Standing::kLoggingIn:
      return v1::Account::STATE_LOGGING_IN;
    case sessions::Standing::kLive:
      return v1::Account::STATE_LIVE;
    case sessions::Standing::kBackingOff:
      return v1::Account::STATE_BACKING_OFF;
    case sessions::Standing::kLatched:
      return v1::Account::STATE_LATCHED;
  }
  return v1::Account::STATE_UNSPECIFIED;
}

// What a caller says in words, for a log: what looks like a token is taken out, it may be a session
// id.
std::string WithoutTokens(absl::string_view text) {
  constexpr std::size_t kLongestWord = 15;
  std::string kept;
  std::string word;
  const auto end_word = [&] {
    kept += word.size() > kLongestWord ? "***" : word;
    word.clear();
  };
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '+' || c == '/' || c == '=') {
      word += c;
      continue;
    }
    end_word();
    kept += absl::ascii_isprint(c) ? c : '.';
  }
  end_word();
  return kept;
}

void EncodeAccount(const sessions::AccountSummary& summary, v1::Account* out) {
  out->set_provider(summary.id.provider);
  out->set_account(summary.id.account);
  out->set_state(ToWire(summary.standing));
  out->set_version(summary.version);
  if (summary.expire_time.has_value()) {
    EncodeTime(*summary.expire_time, out->mutable_expire_time());
  }
  if (summary.cause.has_value()) out->set_cause(std::string(base::NameOf(*summary.cause)));
  if (summary.retry_time.has_value()) {
    EncodeTime(*summary.retry_time, out->mutable_retry_time());
  }
}

v1::InvalidateSessionResponse::Result ToWire(sessions::ReportResult result) {
  switch (result) {
    case sessions::ReportResult::kInvalidated:
      return v1::InvalidateSessionResponse::RESULT_INVALIDATED;
    case sessions::ReportResult::kStaleVersion:
      return v1::InvalidateSessionResponse::RESULT_STALE_VERSION;
    case sessions::ReportResult::kProbing:
      return v1::InvalidateSessionResponse::RESULT_PROBING;
  }
  return v1::InvalidateSessionResponse::RESULT_UNSPECIFIED;
}

using Methods = v1::SessionBroker::WithRawCallbackMethod_GetSession<
    v1::SessionBroker::WithCallbackMethod_InvalidateSession<
        v1::SessionBroker::WithCallbackMethod_SignRequest<
            v1::SessionBroker::WithCallbackMethod_CallProvider<
                v1::SessionBroker::WithCallbackMethod_ListAccounts<
                    v1::SessionBroker::WithRawCallbackMethod_WatchSession<
                        v1::SessionBroker::Service>>>>>>;

class SessionBrokerService final : public Methods {
 public:
  SessionBrokerService(const access::CallerIdentifier* callers, access::GuardedSessions* sessions,
                       access::GuardedWatches* watches, access::GuardedSigner* signer,
                       access::GuardedCalls* calls, telemetry::Metrics* metrics,
                       telemetry::Logger* log, access::AuditLog* audit)
      : callers_(callers),
        sessions_(sessions),
        watches_(watches),
        signer_(signer),
        calls_(calls),
        log_(log),
        refusals_(metrics, log, audit) {}

  grpc::ServerUnaryReactor* GetSession(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override {
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context);
    v1::GetSessionRequest asked;
    if (!Parse(*request, &asked)) {
      return Refuse(base::MakeError(base::Reason::kInvalidArgument,
                                    "the request is not a GetSessionRequest message"),
                    context);
    }
    const absl::StatusOr<absl::Duration> min_validity = Check(asked);
    if (!min_validity.ok()) return Refuse(min_validity.status(), context);
    const base::AccountIdView id(asked.provider(), asked.account());
    absl::StatusOr<SessionPtr> session = sessions_->TryGet(*call, id, *min_validity);
    if (!session.ok()) return Refuse(session.status(), context);
    if (*session != nullptr) {
      SetMessage(EncodedOf(*session), response);
      return Finish(grpc::Status::OK, context);
    }
    return WaitingGet::Begin(sessions_, *call, id, *min_validity, &refusals_, context, response);
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchSession(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override {
    return new WatchStream(
        [&](std::function<void()> wake) { return OpenWatch(*context, *request, std::move(wake)); },
        &refusals_, context);
  }

  // gRPC keeps context, request and response until the reactor has finished, which is when the
  // callback has run.
  grpc::ServerUnaryReactor* InvalidateSession(grpc::CallbackServerContext* context,
                                              const v1::InvalidateSessionRequest* request,
                                              v1::InvalidateSessionResponse* response) override {
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context);
    if (const absl::Status checked = Check(*request); !checked.ok()) {
      return Refuse(checked, context);
    }
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    sessions_->Report(*call, {request->provider(), request->account()}, request->version(),
                      [=, this, caller = call->caller](
                          absl::StatusOr<sessions::SessionKeeper::Reported> reported) {
                        if (!reported.ok()) {
                          reactor->Finish(refusals_.Refuse(reported.status(), context));
                          return;
                        }
                        response->set_result(ToWire(reported->result));
                        response->set_version(reported->version);
                        LogReport(caller, *request, *response);
                        reactor->Finish(grpc::Status::OK);
                      });
    return reactor;
  }

  grpc::ServerUnaryReactor* SignRequest(grpc::CallbackServerContext* context,
                                        const v1::SignRequestRequest* request,
                                        v1::SignRequestResponse* response) override {
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context);
    if (const absl::Status checked = Check(*request); !checked.ok()) {
      return Refuse(checked, context);
    }
    return BeginSign(signer_, *call, *request, &refusals_, context, response);
  }

  grpc::ServerUnaryReactor* CallProvider(grpc::CallbackServerContext* context,
                                         const v1::CallProviderRequest* request,
                                         v1::CallProviderResponse* response) override {
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context);
    if (const absl::Status checked = Check(*request); !checked.ok()) {
      return Refuse(checked, context);
    }
    return BeginProviderCall(calls_, *call, *request, &refusals_, context, response);
  }

  grpc::ServerUnaryReactor* ListAccounts(grpc::CallbackServerContext* context,
                                         const v1::ListAccountsRequest* request,
                                         v1::ListAccountsResponse* response) override {
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context);
    if (const absl::Status checked = Check(*request); !checked.ok()) {
      return Refuse(checked, context);
    }
    absl::StatusOr<access::ListPage> page =
        sessions_->List(*call, {.provider = request->provider(),
                                .page_size = request->page_size(),
                                .page_token = request->page_token()});
    if (!page.ok()) return Refuse(page.status(), context);
    for (const sessions::AccountSummary& summary : page->accounts) {
      EncodeAccount(summary, response->add_accounts());
    }
    response->set_next_page_token(std::move(page->next_page_token));
    return Finish(grpc::Status::OK, context);
  }

 private:
  absl::StatusOr<std::shared_ptr<access::GuardedWatch>> OpenWatch(
      const grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
      std::function<void()> wake) {
    SB_ASSIGN_OR_RETURN(const access::Call call, Identify(*callers_, context));
    v1::WatchSessionRequest asked;
    if (!Parse(request, &asked)) {
      return base::MakeError(base::Reason::kInvalidArgument,
                             "the request is not a WatchSessionRequest message");
    }
    SB_RETURN_IF_ERROR(CheckAccount(asked.provider(), asked.account()));
    return watches_->Open(call, {asked.provider(), asked.account()}, std::move(wake));
  }

  void LogReport(const access::Caller& caller, const v1::InvalidateSessionRequest& request,
                 const v1::InvalidateSessionResponse& response) const {
    log_->Log(
        telemetry::LogLevel::kInfo, telemetry::kInvalidateEvent,
        {{telemetry::kCallerField, std::string(caller.ToString())},
         {telemetry::kProviderField, request.provider()},
         {telemetry::kAccountField, request.account()},
         {telemetry::kVersionField, request.version()},
         {telemetry::kOutcomeField, v1::InvalidateSessionResponse::Result_Name(response.result())},
         {telemetry::kReasonField, v1::InvalidateSessionRequest::Reason_Name(request.reason())},
         {telemetry::kDetailField, WithoutTokens(request.detail())}});
  }

  static grpc::ServerUnaryReactor* Finish(grpc::Status status,
                                          grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(std::move(status));
    return reactor;
  }

  grpc::ServerUnaryReactor* Refuse(const absl::Status& status,
                                   grpc::CallbackServerContext* context) const {
    return Finish(refusals_.Refuse(status, context), context);
  }

  const access::CallerIdentifier* const callers_;
  access::GuardedSessions* const sessions_;
  access::GuardedWatches* const watches_;
  access::GuardedSigner* const signer_;
  access::GuardedCalls* const calls_;
  telemetry::Logger* const log_;
  const Refusals refusals_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSessionBrokerService(
    const access::CallerIdentifier* callers, access::GuardedSessions* sessions,
    access::GuardedWatches* watches, access::GuardedSigner* signer, access::GuardedCalls* calls,
    telemetry::Metrics* metrics, telemetry::Logger* log, access::AuditLog* audit) {
  return std::make_unique<SessionBrokerService>(callers, sessions, watches, signer, calls, metrics,
                                                log, audit);
}

}  // namespace sessionbroker::rpc
