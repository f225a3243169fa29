#ifndef SESSIONBROKER_SERVICE_RPC_WATCH_STREAM_H_
#define SESSIONBROKER_SERVICE_RPC_WATCH_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/access/guarded_watches.h"
#include "service/rpc/refusals.h"

namespace sessionbroker::rpc {

// One WatchSession: writes what there is to see, one message at a time, and holds none while it has
// nothing to write. Belongs to gRPC, and goes with OnDone.
class WatchStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  using Opened = absl::StatusOr<std::shared_ptr<access::GuardedWatch>>;

  // `open` makes the watch, with what is to be called when it has something again; where it fails
  // the stream ends with that. `refusals` outlives the stream.
  WatchStream(absl::FunctionRef<Opened(std::function<void()> wake)> open, const Refusals* refusals,
              grpc::CallbackServerContext* context);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  // Writes the next message, ends, or leaves it to whoever wakes the stream: what calls this is
  // always the only one to do so.
  void Next();
  void End(const absl::Status& status);

  const Refusals* const refusals_;
  grpc::CallbackServerContext* const context_;
  // What is being written.
  grpc::ByteBuffer message_;
  const Opened watch_;
};

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_WATCH_STREAM_H_
