#ifndef SESSIONBROKER_TESTS_RPC_REFLECTION_CLIENT_H_
#define SESSIONBROKER_TESTS_RPC_REFLECTION_CLIENT_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

namespace sessionbroker::testing {

// Asks a server's reflection service (v1alpha), as grpcurl does. Debian ships the protocol's
// descriptors inside libgrpc++_reflection but no header, so its messages are made by name. One call
// a question; a failed call ends the test.
class ReflectionClient {
 public:
  explicit ReflectionClient(std::shared_ptr<grpc::Channel> channel);

  // Full names.
  std::vector<std::string> ListServices();

  // Adds the file that defines `symbol` and all that it imports to `pool`. False if the server does
  // not know the symbol or one of the files.
  bool AddFilesOf(const std::string& symbol, google::protobuf::DescriptorPool* pool);

 private:
  using MessagePtr = std::unique_ptr<google::protobuf::Message>;

  // The answer to a request with `field` set to `value`.
  MessagePtr Ask(const std::string& field, const std::string& value);

  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_RPC_REFLECTION_CLIENT_H_
