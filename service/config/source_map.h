#ifndef SESSIONBROKER_SERVICE_CONFIG_SOURCE_MAP_H_
#define SESSIONBROKER_SERVICE_CONFIG_SOURCE_MAP_H_

#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"

namespace sessionbroker::config {

// Where each field of a message was written: by path as a diagnostic shows it
// ("login[0].request.path", "accounts[1].secrets.access_key.file"; a keyed element is named by its
// key, as are the members of a free-form value). Lets a later check point at a line although it
// sees only the message.
class SourceMap {
 public:
  explicit SourceMap(std::string file) : file_(std::move(file)) {}

  // `text_column`: where the text of a scalar begins if it stands in the file as it is (on one
  // line, nothing escaped), else 0.
  void Set(const std::string& path, Position position, int text_column = 0) {
    places_[path] = Place{position, text_column};
  }
  // Of `path`, or of its nearest parent that is known.
  Position Find(absl::string_view path) const;
  bool Has(absl::string_view path) const { return places_.find(path) != places_.end(); }
  const std::string& file() const { return file_; }
  // A diagnostic about `path` at its place. `offset` counts bytes into a scalar's text; it moves
  // the column where that is possible (see Set).
  Diagnostic At(absl::string_view path, std::string message, int offset = 0) const;

 private:
  struct Place {
    Position position;
    int text_column = 0;
  };
  struct Less {
    using is_transparent = void;
    bool operator()(absl::string_view a, absl::string_view b) const { return a < b; }
  };

  const Place* FindPlace(absl::string_view path) const;

  std::string file_;
  std::map<std::string, Place, Less> places_;
};

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_SOURCE_MAP_H_
