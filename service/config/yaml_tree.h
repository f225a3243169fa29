#ifndef SESSIONBROKER_SERVICE_CONFIG_YAML_TREE_H_
#define SESSIONBROKER_SERVICE_CONFIG_YAML_TREE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"

namespace sessionbroker::config {

// What one document may be at most.
inline constexpr std::size_t kMaxYamlBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kMaxYamlDepth = 32;
// Keys count too.
inline constexpr std::size_t kMaxYamlValues = 250'000;

struct YamlMember;

// A YAML value as written: scalars are not typed yet.
struct YamlNode {
  enum class Kind {
    // Nothing after a "key:" or "- " (`text` is empty), or a plain null (`text` is "null").
    kNull,
    kScalar,
    kSequence,
    kMapping,
    // Something refused, already reported: nothing more is to be said about it.
    kRefused,
  };

  Kind kind = Kind::kNull;
  // Of nothing: where its key or "- " stands.
  Position position;
  // Where the text of a scalar begins if it stands in the file as it is, else 0.
  int text_column = 0;
  std::string text;
  // Written in quotes or as a block.
  bool quoted = false;
  std::vector<YamlNode> items;
  // Keys are unique and in the order of the file.
  std::vector<YamlMember> members;
};

struct YamlMember {
  std::string key;
  Position key_position;
  YamlNode value;
};

// Reads one YAML document. Mistakes that leave the rest readable (equal keys, keys that are no
// text, anchors, aliases, merge keys, tags) are reported together and taken out; others (no YAML,
// no UTF-8, a second document, a limit exceeded) give nothing. A file without a document is a kNull
// at the position 0:0. Never throws.
std::optional<YamlNode> ParseYaml(const std::string& file, absl::string_view text,
                                  Diagnostics* diagnostics);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_YAML_TREE_H_
