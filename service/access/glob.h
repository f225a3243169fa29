#ifndef SESSIONBROKER_SERVICE_ACCESS_GLOB_H_
#define SESSIONBROKER_SERVICE_ACCESS_GLOB_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace sessionbroker::access {

// A pattern in which "*" stands for any run of characters, none included, and every other character
// for itself. Immutable.
class Glob {
 public:
  explicit Glob(std::string pattern) : pattern_(std::move(pattern)) {}

  // The whole of `text` matches. Never more than |pattern| × |text| steps.
  bool Matches(absl::string_view text) const;

 private:
  std::string pattern_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_GLOB_H_
