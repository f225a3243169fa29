#include "tests/rpc/reflection_client.h"

#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace sessionbroker::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::unique_ptr<Message> NewMessage(const std::string& name) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          "grpc.reflection.v1alpha." + name);
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
}

const FieldDescriptor* FieldOf(const Message& message, const std::string& name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

const Message& Member(const Message& message, const std::string& name) {
  return message.GetReflection()->GetMessage(message, FieldOf(message, name));
}

// Waits for the one operation under way on `queue`.
bool Wait(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue->Next(&tag, &ok) && ok;
}

}  // namespace

ReflectionClient::ReflectionClient(std::shared_ptr<grpc::Channel> channel)
    : channel_(std::move(channel)) {}

ReflectionClient::MessagePtr ReflectionClient::Ask(const std::string& field,
                                                   const std::string& value) {
  MessagePtr request = NewMessage("ServerReflectionRequest");
  request->GetReflection()->SetString(request.get(), FieldOf(*request, field), value);
  grpc::ByteBuffer sent;
  bool own_buffer = false;
  EXPECT_TRUE(grpc::SerializationTraits<Message>::Serialize(*request, &sent, &own_buffer).ok());

  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  EXPECT_TRUE(Wait(&queue));
  call->Write(sent, nullptr);
  EXPECT_TRUE(Wait(&queue));
  grpc::ByteBuffer received;
  call->Read(&received, nullptr);
  EXPECT_TRUE(Wait(&queue));
  MessagePtr response = NewMessage("ServerReflectionResponse");
  EXPECT_TRUE(grpc::SerializationTraits<Message>::Deserialize(&received, response.get()).ok());
  call->WritesDone(nullptr);
  EXPECT_TRUE(Wait(&queue));
  grpc::Status status;
  call->Finish(&status, nullptr);
  EXPECT_TRUE(Wait(&queue));
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

std::vector<std::string> ReflectionClient::ListServices() {
  const MessagePtr response = Ask("list_services", "*");
  const Message& list = Member(*response, "list_services_response");
  const FieldDescriptor* services = FieldOf(list, "service");
  std::vector<std::string> names;
  for (int i = 0; i < list.GetReflection()->FieldSize(list, services); ++i) {
    const Message& service = list.GetReflection()->GetRepeatedMessage(list, services, i);
    names.push_back(service.GetReflection()->GetString(service, FieldOf(service, "name")));
  }
  return names;
}

bool ReflectionClient::AddFilesOf(const std::string& symbol,
                                  google::protobuf::DescriptorPool* pool) {
  std::map<std::string, FileDescriptorProto> known;
  // Reads the files of an answer; false for an error_response.
  const auto add = [&known](const Message& response) {
    const Message& files = Member(response, "file_descriptor_response");
    const FieldDescriptor* field = FieldOf(files, "file_descriptor_proto");
    const int count = files.GetReflection()->FieldSize(files, field);
    for (int i = 0; i < count; ++i) {
      FileDescriptorProto file;
      EXPECT_TRUE(file.ParseFromString(files.GetReflection()->GetRepeatedString(files, field, i)));
      known[file.name()] = file;
    }
    return count > 0;
  };
  if (!add(*Ask("file_containing_symbol", symbol))) return false;

  // Imports first: whatever a file names that is not known yet is asked for.
  while (!known.empty()) {
    bool built = false;
    for (auto it = known.begin(); it != known.end() && !built;) {
      bool ready = true;
      for (const std::string& import : it->second.dependency()) {
        if (pool->FindFileByName(import) != nullptr) continue;
        ready = false;
        if (known.count(import) > 0) continue;
        if (!add(*Ask("file_by_filename", import))) return false;
      }
      if (ready) {
        if (pool->BuildFile(it->second) == nullptr) return false;
        known.erase(it);
        built = true;
      } else {
        ++it;
      }
    }
  }
  return true;
}

}  // namespace sessionbroker::testing
