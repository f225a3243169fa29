#ifndef SESSIONBROKER_CLIENT_BROKERCTL_JSON_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_JSON_H_

#include <google/protobuf/message.h>

#include <string>

namespace sessionbroker::brokerctl {

// `message` in protobuf's JSON form, indented, with its line end.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_JSON_H_
