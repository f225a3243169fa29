#ifndef SESSIONBROKER_SERVICE_ACCESS_GLOB_H_
#define SESSIONBROKER_SERVICE_ACCESS_GLOB_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace sessionbroker::access {

// A pattern in which "*" stands for any run of characters, none included, and every other character
// for itself. Immutable.
class Glob {
 public:
  explicit Glob(std::string pattern) : pattern_(std::move(pattern)) {}
  // No star stands for a run with `separator` in it.
  Glob(std::string pattern, char separator) : pattern_(std::move(pattern)), separator_(separator) {}

  // The whole of `text` matches. Never more than |pattern| × |text| steps.
  bool Matches(absl::string_view text) const;

 private:
  std::string pattern_;
  std::optional<char> separator_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_GLOB_H_
