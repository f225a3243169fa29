#include "service/access/glob.h"

#include <cstddef>

namespace sessionbroker::access {

bool Glob::Matches(absl::string_view text) const {
  std::size_t p = 0;
  std::size_t t = 0;
  // Where to go on if what follows the last star does not fit: behind the star, one character on.
  // An earlier star need not be tried again: the last one can stand for all that it would take up
  // more, but a separator, and that no star takes up.
  std::size_t after_star = std::string::npos;
  std::size_t retry_from = 0;
  while (t < text.size()) {
    if (p < pattern_.size() && pattern_[p] == '*') {
      after_star = ++p;
      retry_from = t;
    } else if (p < pattern_.size() && pattern_[p] == text[t]) {
      ++p;
      ++t;
    } else if (after_star != std::string::npos && text[retry_from] != separator_) {
      p = after_star;
      t = ++retry_from;
    } else {
      return false;
    }
  }
  return pattern_.find_first_not_of('*', p) == std::string::npos;
}

}  // namespace sessionbroker::access
