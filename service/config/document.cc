#include "service/config/document.h"

#include <optional>

#include "service/config/proto_mapper.h"
#include "service/config/yaml_tree.h"

namespace sessionbroker::config {

SourceMap ReadYaml(const std::string& file, absl::string_view text,
                   google::protobuf::Message* message, Diagnostics* diagnostics) {
  SourceMap places(file);
  Diagnostics found;
  if (const std::optional<YamlNode> root = ParseYaml(file, text, &found)) {
    MapToProto(*root, message, &places, &found);
  }
  found.Sort();
  for (const Diagnostic& diagnostic : found.list()) diagnostics->Add(diagnostic);
  return places;
}

}  // namespace sessionbroker::config
