#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FLOW_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FLOW_H_

#include "service/login/expression/taint.h"
#include "service/login/expression/value.h"

namespace sessionbroker::login {

// What went into a value, as the checker follows it through an expression; its Taint is what the
// world sees of it. Taint alone does not do: `token + secret.key` is raw, and yet a digest of it is
// sealed, because it *contains* something fresh.
//
// The rules err on one side only: a value may count as raw although a sealed grade would be right,
// never the other way round.
struct Flow {
  enum class Secrecy { kNone, kSealed, kRaw };

  // The highest of all that went in, conditions and comparisons included.
  Secrecy secrecy = Secrecy::kNone;
  // Something that is not the same for every login went in.
  bool varies = false;
  // The value holds a whole fresh value, from which a digest over it gets its freshness. Only what
  // keeps a fresh value intact keeps this: encodings, concatenation, adding a constant. What can
  // shrink it, to nothing in the worst case, loses it: comparisons and everything of type bool,
  // has(), slices, replacements, lengths, a difference of two fresh numbers, a choice one side of
  // which has nothing fresh.
  bool fresh = false;

  friend bool operator==(const Flow& a, const Flow& b) {
    return a.secrecy == b.secrecy && a.varies == b.varies && a.fresh == b.fresh;
  }
};

Taint TaintOf(const Flow& flow);

// Of a name that enters an expression with this taint and type. A fresh bool is one bit: not enough
// to be fresh in a digest.
Flow FlowOf(Taint taint, Type type);

// Of has(NAME): whether a value is there is no secret, and one bit.
Flow FlowOfPresence();

// Of both side by side: concatenation, the arguments of a function that loses nothing.
Flow Together(const Flow& a, const Flow& b);

// Of `a + b` and `a - b` on numbers: fresh only where the other side cannot cancel it.
Flow Arithmetic(const Flow& a, const Flow& b);

// Of `condition ? a : b`: which one it is tells the condition.
Flow Choice(const Flow& condition, const Flow& a, const Flow& b);

// Of a digest or HMAC over it. Seals a secret if something fresh is in it.
Flow Digested(const Flow& flow);

// Of what may keep only a part of it.
Flow Weakened(const Flow& flow);

// Of something made new at random in a way that `flow` decides.
Flow Generated(const Flow& flow);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FLOW_H_
