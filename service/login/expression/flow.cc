#include "service/login/expression/flow.h"

#include <algorithm>

namespace sessionbroker::login {

Taint TaintOf(const Flow& flow) {
  switch (flow.secrecy) {
    case Flow::Secrecy::kRaw:
      return Taint::kRaw;
    case Flow::Secrecy::kSealed:
      return Taint::kSealed;
    case Flow::Secrecy::kNone:
      break;
  }
  return flow.varies ? Taint::kFresh : Taint::kConstant;
}

Flow FlowOf(Taint taint, Type type) {
  switch (taint) {
    case Taint::kConstant:
      return Flow();
    case Taint::kFresh:
      return Flow{.secrecy = Flow::Secrecy::kNone, .varies = true, .fresh = type != Type::kBool};
    case Taint::kSealed:
      return Flow{.secrecy = Flow::Secrecy::kSealed, .varies = true, .fresh = false};
    case Taint::kRaw:
      break;
  }
  // Whether a secret is the same for every login is not known: as far as cancelling goes it varies.
  return Flow{.secrecy = Flow::Secrecy::kRaw, .varies = true, .fresh = false};
}

Flow FlowOfPresence() {
  return Flow{.secrecy = Flow::Secrecy::kNone, .varies = true, .fresh = false};
}

Flow Together(const Flow& a, const Flow& b) {
  return Flow{.secrecy = std::max(a.secrecy, b.secrecy),
              .varies = a.varies || b.varies,
              .fresh = a.fresh || b.fresh};
}

Flow Arithmetic(const Flow& a, const Flow& b) {
  Flow flow = Together(a, b);
  flow.fresh = (a.fresh && !b.varies) || (b.fresh && !a.varies);
  return flow;
}

Flow Choice(const Flow& condition, const Flow& a, const Flow& b) {
  Flow flow = Together(Together(a, b), condition);
  flow.fresh = a.fresh && b.fresh;
  return flow;
}

Flow Digested(const Flow& flow) {
  Flow digest = flow;
  if (flow.secrecy == Flow::Secrecy::kRaw && flow.fresh) digest.secrecy = Flow::Secrecy::kSealed;
  return digest;
}

Flow Weakened(const Flow& flow) {
  Flow weakened = flow;
  weakened.fresh = false;
  return weakened;
}

Flow Generated(const Flow& flow) {
  Flow generated = flow;
  generated.varies = true;
  generated.fresh = true;
  return generated;
}

}  // namespace sessionbroker::login
