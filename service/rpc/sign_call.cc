#include "service/rpc/sign_call.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "service/base/mutex.h"
#include "service/rpc/http_request_decoding.h"
#include "service/rpc/signed_request_encoding.h"

namespace sessionbroker::rpc {
namespace {

// Belongs to gRPC until OnDone and to the signer until it has called back or been told to give up;
// whichever ends last frees it.
class SignCall final : public grpc::ServerUnaryReactor {
 public:
  SignCall(const Refusals* refusals, grpc::CallbackServerContext* context,
           v1::SignRequestResponse* response)
      : refusals_(refusals), context_(context), response_(response) {}

  static grpc::ServerUnaryReactor* Begin(access::GuardedSigner* signer, const access::Call& call,
                                         const v1::SignRequestRequest& request,
                                         const std::shared_ptr<SignCall>& signing) {
    signing->held_by_grpc_ = signing;
    access::GuardedSigner::PendingSign pending = signer->Sign(
        call, {request.provider(), request.account()}, DecodeRequest(request.request()),
        [signing](absl::StatusOr<calls::SignedRequest> result) { signing->Answer(result); });
    base::MutexLock lock(&signing->pending_mutex_);
    signing->pending_ = std::move(pending);
    return signing.get();
  }

  void OnCancel() override {
    access::GuardedSigner::PendingSign pending;
    {
      base::MutexLock lock(&pending_mutex_);
      pending = pending_;
    }
    // Either the signer calls Answer, or it never will: so there is exactly one Finish.
    if (pending.GiveUp()) Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override { const std::shared_ptr<SignCall> last = std::move(held_by_grpc_); }

 private:
  void Answer(const absl::StatusOr<calls::SignedRequest>& result) {
    if (!result.ok()) {
      Finish(refusals_->Refuse(result.status(), context_));
      return;
    }
    EncodeSigned(*result, response_);
    Finish(grpc::Status::OK);
  }

  const Refusals* const refusals_;
  grpc::CallbackServerContext* const context_;
  v1::SignRequestResponse* const response_;
  // As in a GetSession that waits.
  base::Mutex pending_mutex_;
  access::GuardedSigner::PendingSign pending_ ABSL_GUARDED_BY(pending_mutex_);
  std::shared_ptr<SignCall> held_by_grpc_;
};

}  // namespace

grpc::ServerUnaryReactor* BeginSign(access::GuardedSigner* signer, const access::Call& call,
                                    const v1::SignRequestRequest& request, const Refusals* refusals,
                                    grpc::CallbackServerContext* context,
                                    v1::SignRequestResponse* response) {
  return SignCall::Begin(signer, call, request,
                         std::make_shared<SignCall>(refusals, context, response));
}

}  // namespace sessionbroker::rpc
