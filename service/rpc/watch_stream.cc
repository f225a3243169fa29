#include "service/rpc/watch_stream.h"

#include "service/rpc/message_bytes.h"

namespace sessionbroker::rpc {

WatchStream::WatchStream(absl::FunctionRef<Opened(std::function<void()> wake)> open,
                         const Refusals* refusals, grpc::CallbackServerContext* context)
    : refusals_(refusals), context_(context), watch_(open([this] { Next(); })) {
  if (watch_.ok()) {
    Next();
  } else {
    End(watch_.status());
  }
}

void WatchStream::Next() {
  const auto taken = (*watch_)->Take();
  // From here on another thread may be the one to go on.
  if (!taken.has_value()) return;
  if (!taken->ok()) return End(taken->status());
  SetMessage(**taken, &message_);
  StartWrite(&message_);
}

void WatchStream::OnWriteDone(bool ok) {
  message_.Clear();
  if (!ok) (*watch_)->End(absl::CancelledError("the caller is gone"));
  Next();
}

void WatchStream::OnCancel() {
  if (watch_.ok()) (*watch_)->End(absl::CancelledError("the caller is gone"));
}

void WatchStream::End(const absl::Status& status) {
  Finish(absl::IsCancelled(status) ? grpc::Status::CANCELLED : refusals_->Refuse(status, context_));
}

}  // namespace sessionbroker::rpc
