#include "tests/benchmarks/load_generator.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/channel_arguments.h>

#include <deque>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/system_clock.h"

namespace sessionbroker::benchmarks {
namespace {

// A place for one call at a time.
struct Slot {
  grpc::GenericStub* stub;
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> call;
  grpc::ByteBuffer response;
  grpc::Status status;
};

}  // namespace

struct LoadGenerator::Impl {
  void Begin(Slot* slot) {
    slot->context.emplace();
    slot->response.Clear();
    slot->call = slot->stub->PrepareUnaryCall(&*slot->context, method, request, &queue);
    slot->call->StartCall();
    slot->call->Finish(&slot->response, &slot->status, slot);
  }

  std::string method;
  grpc::ByteBuffer request;
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  // A deque: calls under way hold on to theirs.
  std::deque<Slot> slots;
  std::size_t message_size = 0;
};

LoadGenerator::LoadGenerator(const std::string& address,
                             const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                             std::string method, const std::string& request, const Load& load)
    : impl_(std::make_unique<Impl>()) {
  impl_->method = std::move(method);
  const grpc::Slice slice(request);
  impl_->request = grpc::ByteBuffer(&slice, 1);
  for (int i = 0; i < load.connections; ++i) {
    grpc::ChannelArguments arguments;
    // Channels with equal arguments share a connection.
    arguments.SetInt("sessionbroker.benchmark.connection", i);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    impl_->stubs.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(address, credentials, arguments)));
  }
  for (const auto& stub : impl_->stubs) {
    for (int i = 0; i < load.calls_per_connection; ++i) {
      impl_->slots.emplace_back().stub = stub.get();
    }
  }
}

LoadGenerator::~LoadGenerator() {
  impl_->queue.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (impl_->queue.Next(&tag, &ok)) {
  }
}

absl::StatusOr<LoadGenerator::Result> LoadGenerator::Run(absl::Duration duration) {
  const base::SystemClock clock;
  const base::BootTime begin = clock.BootNow();
  const base::BootTime end = begin + duration;
  Result result;
  absl::Status failure;
  for (Slot& slot : impl_->slots) impl_->Begin(&slot);
  std::size_t under_way = impl_->slots.size();
  while (under_way > 0) {
    void* tag = nullptr;
    bool ok = false;
    if (!impl_->queue.Next(&tag, &ok)) return absl::InternalError("the queue ended");
    Slot* const slot = static_cast<Slot*>(tag);
    const std::size_t size = slot->response.Length();
    if (impl_->message_size == 0) impl_->message_size = size;
    if (!slot->status.ok()) {
      failure.Update(
          absl::InternalError(absl::StrCat("a call failed: ", slot->status.error_message())));
    } else if (size != impl_->message_size) {
      failure.Update(absl::InternalError(
          absl::StrCat("answers differ in size: ", impl_->message_size, " bytes and ", size)));
    }
    ++result.calls;
    if (failure.ok() && clock.BootNow() < end) {
      impl_->Begin(slot);
    } else {
      --under_way;
    }
  }
  if (!failure.ok()) return failure;
  result.elapsed = clock.BootNow() - begin;
  result.message_size = impl_->message_size;
  return result;
}

}  // namespace sessionbroker::benchmarks
