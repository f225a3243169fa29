#ifndef SESSIONBROKER_SERVICE_CONFIG_JSON_TREE_H_
#define SESSIONBROKER_SERVICE_CONFIG_JSON_TREE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"
#include "service/config/yaml_tree.h"

namespace sessionbroker::config {

// Reads one JSON value (RFC 8259, UTF-8) that stands on `line` of `file` into the same tree as
// ParseYaml does; each part of it stands at that line. Texts are `quoted`. Equal keys, more depth
// than kMaxYamlDepth, and what is no JSON are mistakes, which show nothing of the text: it may hold
// secrets. Never throws.
std::optional<YamlNode> ParseJson(const std::string& file, int line, absl::string_view text,
                                  Diagnostics* diagnostics);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_JSON_TREE_H_
