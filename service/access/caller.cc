#include "service/access/caller.h"

namespace sessionbroker::access {

absl::string_view Caller::ToString() const {
  switch (kind_) {
    case Kind::kLoopback:
      return "loopback";
  }
  return "unknown";
}

}  // namespace sessionbroker::access
