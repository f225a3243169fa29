#ifndef SESSIONBROKER_SERVICE_ACCESS_CONSISTS_OF_H_
#define SESSIONBROKER_SERVICE_ACCESS_CONSISTS_OF_H_

#include <algorithm>

#include "absl/strings/string_view.h"

namespace sessionbroker::access {

// Not empty, and every character is allowed.
inline bool ConsistsOf(absl::string_view text, bool (*allowed)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_CONSISTS_OF_H_
