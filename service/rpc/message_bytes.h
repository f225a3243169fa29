#ifndef SESSIONBROKER_SERVICE_RPC_MESSAGE_BYTES_H_
#define SESSIONBROKER_SERVICE_RPC_MESSAGE_BYTES_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>

// Messages as gRPC's raw methods take and give them.
namespace sessionbroker::rpc {

// Makes `bytes` the message, without a copy: `message` holds on to them for as long as gRPC needs
// them.
void SetMessage(std::shared_ptr<const std::string> bytes, grpc::ByteBuffer* message);

// False: `bytes` is no such message.
bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_MESSAGE_BYTES_H_
