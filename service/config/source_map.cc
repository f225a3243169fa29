#include "service/config/source_map.h"

#include <cstddef>

namespace sessionbroker::config {

const SourceMap::Place* SourceMap::FindPlace(absl::string_view path) const {
  while (true) {
    const auto found = places_.find(path);
    if (found != places_.end()) return &found->second;
    if (path.empty()) return nullptr;
    const std::size_t end = path.find_last_of(".[");
    path = path.substr(0, end == absl::string_view::npos ? 0 : end);
  }
}

Position SourceMap::Find(absl::string_view path) const {
  const Place* place = FindPlace(path);
  return place == nullptr ? Position() : place->position;
}

Diagnostic SourceMap::At(absl::string_view path, std::string message, int offset) const {
  Diagnostic diagnostic{file_, Find(path), std::string(path), std::move(message)};
  const auto exact = places_.find(path);
  if (offset > 0 && exact != places_.end() && exact->second.text_column > 0) {
    diagnostic.position.column = exact->second.text_column + offset;
  }
  return diagnostic;
}

}  // namespace sessionbroker::config
