#ifndef SESSIONBROKER_SERVICE_CONFIG_DOCUMENT_H_
#define SESSIONBROKER_SERVICE_CONFIG_DOCUMENT_H_

#include <google/protobuf/message.h>

#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"

namespace sessionbroker::config {

// Where each field of a message was written: by path as a diagnostic shows it
// ("login[0].request.path", "accounts[1].secrets.access_key.file"; a keyed element is named by its
// key). Lets a later check point at a line although it sees only the message.
class SourceMap {
 public:
  explicit SourceMap(std::string file) : file_(std::move(file)) {}

  void Set(const std::string& path, Position position) { positions_[path] = position; }
  // Of `path`, or of its nearest parent that is known.
  Position Find(absl::string_view path) const;
  const std::string& file() const { return file_; }
  // A diagnostic about `path` at its place. `offset` counts bytes into a plain scalar of one line.
  Diagnostic At(absl::string_view path, std::string message, int offset = 0) const;

 private:
  std::string file_;
  std::map<std::string, Position> positions_;
};

// Reads `text`, YAML, strictly into `message`: one document, no duplicate keys, anchors, aliases,
// merge keys or tags; depth and size bounded; scalars keep their text until the field's type reads
// them; unknown fields are mistakes that name the nearest field. See yaml/v1/options.proto for the
// shapes. Every mistake goes into `diagnostics`; what was right is in `message` all the same.
// `file` is for messages. Returns where everything stands.
SourceMap ReadYaml(const std::string& file, absl::string_view text,
                   google::protobuf::Message* message, Diagnostics* diagnostics);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_DOCUMENT_H_
