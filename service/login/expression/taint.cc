#include "service/login/expression/taint.h"

#include <algorithm>

#include "service/login/expression/flow.h"

namespace sessionbroker::login {

absl::string_view NameOf(Taint taint) {
  switch (taint) {
    case Taint::kConstant:
      return "constant";
    case Taint::kFresh:
      return "fresh";
    case Taint::kSealed:
      return "sealed";
    case Taint::kRaw:
      return "raw";
  }
  return "";
}

Taint Join(Taint a, Taint b) { return std::max(a, b); }

Taint JoinDigest(Taint a, Taint b) {
  return TaintOf(Digested(Together(FlowOf(a, Type::kText), FlowOf(b, Type::kText))));
}

}  // namespace sessionbroker::login
