#include "service/rpc/message_bytes.h"

#include <grpcpp/support/slice.h>

#include <utility>

namespace sessionbroker::rpc {
namespace {

using Bytes = std::shared_ptr<const std::string>;

void Release(void* held) { delete static_cast<Bytes*>(held); }

}  // namespace

void SetMessage(std::shared_ptr<const std::string> bytes, grpc::ByteBuffer* message) {
  auto* const held = new Bytes(std::move(bytes));
  const grpc::Slice slice(const_cast<char*>((*held)->data()), (*held)->size(), Release, held);
  grpc::ByteBuffer buffer(&slice, 1);
  message->Swap(&buffer);
}

bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message) {
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok() && !bytes.DumpToSingleSlice(&slice).ok()) return false;
  return message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

}  // namespace sessionbroker::rpc
