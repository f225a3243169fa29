#include "service/config/file_path.h"

#include <filesystem>

namespace sessionbroker::config {

std::string ResolvePath(absl::string_view path, absl::string_view directory) {
  const std::filesystem::path relative{std::string(path)};
  const std::filesystem::path whole =
      (std::filesystem::path(std::string(directory)) / relative).lexically_normal();
  // "a/" is normal too; it means the same as "a".
  return whole.has_filename() ? whole.string() : whole.parent_path().string();
}

std::string DirectoryOf(absl::string_view file) {
  return std::filesystem::path(std::string(file)).parent_path().string();
}

}  // namespace sessionbroker::config
