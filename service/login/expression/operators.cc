#include "service/login/expression/operators.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/login/expression/param_functions.h"
#include "service/login/expression/time_functions.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {
namespace {

struct OperatorRow {
  Operator op;
  Type left;
  Type right;
  Type result;
};

// CEL's `+` and `-` on the types that we have.
constexpr OperatorRow kOperatorRows[] = {
    {Operator::kAdd, Type::kText, Type::kText, Type::kText},
    {Operator::kAdd, Type::kBytes, Type::kBytes, Type::kBytes},
    {Operator::kAdd, Type::kInt, Type::kInt, Type::kInt},
    {Operator::kAdd, Type::kTime, Type::kDuration, Type::kTime},
    {Operator::kAdd, Type::kDuration, Type::kTime, Type::kTime},
    {Operator::kAdd, Type::kDuration, Type::kDuration, Type::kDuration},
    {Operator::kAdd, Type::kParams, Type::kParams, Type::kParams},
    {Operator::kSubtract, Type::kInt, Type::kInt, Type::kInt},
    {Operator::kSubtract, Type::kTime, Type::kTime, Type::kDuration},
    {Operator::kSubtract, Type::kTime, Type::kDuration, Type::kTime},
    {Operator::kSubtract, Type::kDuration, Type::kDuration, Type::kDuration},
};

absl::Status Overflow() {
  return absl::OutOfRangeError("the result does not fit an int (64 bits)");
}

// Bytes in the order of their values, which for UTF-8 is that of code points.
int Compare(absl::string_view left, absl::string_view right) { return left.compare(right); }

template <typename T>
int Compare(const T& left, const T& right) {
  return left < right ? -1 : right < left ? 1 : 0;
}

int Compare(const Value& left, const Value& right) {
  switch (left.type()) {
    case Type::kText:
    case Type::kBytes:
      return Compare(left.data(), right.data());
    case Type::kInt:
      return Compare(left.int_value(), right.int_value());
    case Type::kBool:
      return Compare(left.bool_value(), right.bool_value());
    case Type::kTime:
      return Compare(left.time(), right.time());
    case Type::kDuration:
      return Compare(left.duration(), right.duration());
    case Type::kParams:
      break;  // They have no order.
  }
  return 0;
}

// In time that depends on the lengths alone: either may be a secret.
bool Equal(absl::string_view left, absl::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool Equal(const Value& left, const Value& right) {
  switch (left.type()) {
    case Type::kText:
    case Type::kBytes:
      return Equal(left.data(), right.data());
    case Type::kParams: {
      const Params& a = left.params();
      const Params& b = right.params();
      bool equal = a.size() == b.size();
      for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        const bool same_name = Equal(a[i].name(), b[i].name());
        const bool same_value = Equal(a[i].value(), b[i].value());
        equal = equal && same_name && same_value;
      }
      return equal;
    }
    default:
      return Compare(left, right) == 0;
  }
}

absl::StatusOr<Value> Concatenate(const Value& left, const Value& right) {
  const std::size_t size = left.data().size() + right.data().size();
  if (size > kMaxValueSizeInBytes) {
    return absl::OutOfRangeError(
        absl::StrCat("the result has at most ", kMaxValueSizeInBytes, " bytes, not ", size));
  }
  secrets::WipedBytes out;
  out.reserve(size);
  out.insert(out.end(), left.data().begin(), left.data().end());
  out.insert(out.end(), right.data().begin(), right.data().end());
  return left.type() == Type::kText ? Value::Text(std::move(out)) : Value::Bytes(std::move(out));
}

absl::StatusOr<Value> Append(const Value& left, const Value& right) {
  Params out = left.params();
  out.insert(out.end(), right.params().begin(), right.params().end());
  return CheckedParams(std::move(out));
}

absl::StatusOr<Value> Add(const Value& left, const Value& right) {
  int64_t sum = 0;
  switch (left.type()) {
    case Type::kInt:
      if (__builtin_add_overflow(left.int_value(), right.int_value(), &sum)) return Overflow();
      return Value::Int(sum);
    case Type::kTime:
      return CheckedTime(left.time() + right.duration());
    case Type::kDuration:
      return right.type() == Type::kTime ? CheckedTime(right.time() + left.duration())
                                         : CheckedDuration(left.duration() + right.duration());
    case Type::kParams:
      return Append(left, right);
    default:
      return Concatenate(left, right);
  }
}

absl::StatusOr<Value> Subtract(const Value& left, const Value& right) {
  int64_t difference = 0;
  switch (left.type()) {
    case Type::kTime:
      return right.type() == Type::kTime ? CheckedDuration(left.time() - right.time())
                                         : CheckedTime(left.time() - right.duration());
    case Type::kDuration:
      return CheckedDuration(left.duration() - right.duration());
    default:
      if (__builtin_sub_overflow(left.int_value(), right.int_value(), &difference)) {
        return Overflow();
      }
      return Value::Int(difference);
  }
}

}  // namespace

std::optional<Type> ResultOf(Operator op, Type left, Type right) {
  if (IsComparison(op)) {
    const bool has_order = op != Operator::kEqual && op != Operator::kNotEqual;
    if (left != right || (has_order && left == Type::kParams)) return std::nullopt;
    return Type::kBool;
  }
  for (const OperatorRow& row : kOperatorRows) {
    if (row.op == op && row.left == left && row.right == right) return row.result;
  }
  return std::nullopt;
}

bool IsComparison(Operator op) { return op != Operator::kAdd && op != Operator::kSubtract; }

absl::StatusOr<Value> Apply(Operator op, const Value& left, const Value& right) {
  switch (op) {
    case Operator::kAdd:
      return Add(left, right);
    case Operator::kSubtract:
      return Subtract(left, right);
    case Operator::kEqual:
      return Value::Bool(Equal(left, right));
    case Operator::kNotEqual:
      return Value::Bool(!Equal(left, right));
    case Operator::kLess:
      return Value::Bool(Compare(left, right) < 0);
    case Operator::kLessOrEqual:
      return Value::Bool(Compare(left, right) <= 0);
    case Operator::kGreater:
      return Value::Bool(Compare(left, right) > 0);
    case Operator::kGreaterOrEqual:
      return Value::Bool(Compare(left, right) >= 0);
  }
  return absl::InternalError("unknown operator");
}

absl::StatusOr<Value> Negate(const Value& operand) {
  int64_t negated = 0;
  if (__builtin_sub_overflow(int64_t{0}, operand.int_value(), &negated)) return Overflow();
  return Value::Int(negated);
}

}  // namespace sessionbroker::login
