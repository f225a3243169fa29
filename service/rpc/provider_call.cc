#include "service/rpc/provider_call.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/base/mutex.h"
#include "service/rpc/http_request_decoding.h"

namespace sessionbroker::rpc {
namespace {

// How long the caller waits; unset: it has set no deadline.
std::optional<absl::Duration> PatienceOf(const grpc::CallbackServerContext& context) {
  const std::chrono::system_clock::time_point deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return std::nullopt;
  return absl::FromChrono(deadline) - absl::Now();
}

void Encode(calls::CallAnswer answer, v1::CallProviderResponse* out) {
  v1::HttpResponse* const response = out->mutable_response();
  response->set_status(answer.status);
  for (http::Header& header : answer.headers) {
    v1::Header* const one = response->add_headers();
    one->set_name(std::move(header.name));
    one->set_value(std::move(header.value));
  }
  response->set_body(std::move(answer.body));
  out->set_session_version(answer.session_version);
}

// Belongs to gRPC until OnDone and to the driver until it has called back or been told to give up;
// whichever ends last frees it.
class ProviderCall final : public grpc::ServerUnaryReactor {
 public:
  ProviderCall(const Refusals* refusals, grpc::CallbackServerContext* context,
               v1::CallProviderResponse* response)
      : refusals_(refusals), context_(context), response_(response) {}

  static grpc::ServerUnaryReactor* Begin(access::GuardedCalls* calls, const access::Call& call,
                                         const v1::CallProviderRequest& request,
                                         const std::shared_ptr<ProviderCall>& calling) {
    calling->held_by_grpc_ = calling;
    access::GuardedCalls::PendingCall pending = calls->Send(
        call, {request.provider(), request.account()}, DecodeRequest(request.request()),
        PatienceOf(*calling->context_), [calling](absl::StatusOr<calls::CallAnswer> answer) {
          calling->Answer(std::move(answer));
        });
    base::MutexLock lock(&calling->pending_mutex_);
    calling->pending_ = std::move(pending);
    return calling.get();
  }

  void OnCancel() override {
    access::GuardedCalls::PendingCall pending;
    {
      base::MutexLock lock(&pending_mutex_);
      pending = pending_;
    }
    // Either the driver calls Answer, or it never will: so there is exactly one Finish.
    if (pending.GiveUp()) Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override { const std::shared_ptr<ProviderCall> last = std::move(held_by_grpc_); }

 private:
  void Answer(absl::StatusOr<calls::CallAnswer> answer) {
    if (!answer.ok()) {
      Finish(refusals_->Refuse(answer.status(), context_));
      return;
    }
    Encode(*std::move(answer), response_);
    Finish(grpc::Status::OK);
  }

  const Refusals* const refusals_;
  grpc::CallbackServerContext* const context_;
  v1::CallProviderResponse* const response_;
  // As in a GetSession that waits.
  base::Mutex pending_mutex_;
  access::GuardedCalls::PendingCall pending_ ABSL_GUARDED_BY(pending_mutex_);
  std::shared_ptr<ProviderCall> held_by_grpc_;
};

}  // namespace

grpc::ServerUnaryReactor* BeginProviderCall(access::GuardedCalls* calls, const access::Call& call,
                                            const v1::CallProviderRequest& request,
                                            const Refusals* refusals,
                                            grpc::CallbackServerContext* context,
                                            v1::CallProviderResponse* response) {
  return ProviderCall::Begin(calls, call, request,
                             std::make_shared<ProviderCall>(refusals, context, response));
}

}  // namespace sessionbroker::rpc
