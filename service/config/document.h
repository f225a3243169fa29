#ifndef SESSIONBROKER_SERVICE_CONFIG_DOCUMENT_H_
#define SESSIONBROKER_SERVICE_CONFIG_DOCUMENT_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"
#include "service/config/source_map.h"

namespace sessionbroker::config {

// Reads `text`, YAML, strictly into `message`: one document, no duplicate keys, anchors, aliases,
// merge keys or tags; depth and size bounded; scalars keep their text until the field's type reads
// them; unknown fields are mistakes that name the nearest field. See yaml/v1/options.proto for the
// shapes. Every mistake goes into `diagnostics`, in the order of the file; what was right is in
// `message` all the same (nothing where the text is no YAML at all). A message never shows a value
// of more than 40 bytes, and none below a field that is `sensitive`. `file` is for messages.
// Returns where everything stands.
SourceMap ReadYaml(const std::string& file, absl::string_view text,
                   google::protobuf::Message* message, Diagnostics* diagnostics);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_DOCUMENT_H_
