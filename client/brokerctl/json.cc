#include "client/brokerctl/json.h"

#include <google/protobuf/util/json_util.h>

namespace sessionbroker::brokerctl {

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  // Fails only for messages with an Any of an unknown type; the API has none.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "{}\n";
  return json;
}

}  // namespace sessionbroker::brokerctl
