#ifndef SESSIONBROKER_SERVICE_CONFIG_PROTO_MAPPER_H_
#define SESSIONBROKER_SERVICE_CONFIG_PROTO_MAPPER_H_

#include <google/protobuf/message.h>

#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"
#include "service/config/source_map.h"
#include "service/config/yaml_tree.h"

namespace sessionbroker::config {

// Fills `message` from `root` as yaml/v1/options.proto describes, and `places` with where each
// field stands, below `path`. Every mistake goes into `diagnostics`; what was right is in `message`
// all the same.
void MapToProto(const YamlNode& root, google::protobuf::Message* message, SourceMap* places,
                Diagnostics* diagnostics, absl::string_view path = "");

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_PROTO_MAPPER_H_
