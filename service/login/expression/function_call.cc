#include "service/login/expression/function_call.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/login/expression/limits.h"

namespace sessionbroker::login {

absl::Status ChargeFor(const Value& value, Evaluation& evaluation) {
  const std::size_t size = value.size_in_bytes();
  if (size > kMaxValueSizeInBytes) {
    return absl::OutOfRangeError(
        absl::StrCat("a value has at most ", kMaxValueSizeInBytes, " bytes, this has ", size));
  }
  int64_t work = static_cast<int64_t>(size);
  if (value.type() == Type::kParams) {
    work += kWorkOfParam * static_cast<int64_t>(value.params().size());
  }
  return evaluation.Charge(work);
}

absl::StatusOr<Value> Call(const Overload& overload, absl::Span<const Value> arguments,
                           Evaluation& evaluation) {
  for (const Value& argument : arguments) SB_RETURN_IF_ERROR(ChargeFor(argument, evaluation));
  if (overload.work != nullptr) SB_RETURN_IF_ERROR(evaluation.Charge(overload.work(arguments)));
  absl::StatusOr<Value> value = overload.random_body != nullptr
                                    ? overload.random_body(arguments, evaluation.random())
                                    : overload.body(arguments);
  if (value.ok()) SB_RETURN_IF_ERROR(ChargeFor(*value, evaluation));
  return value;
}
}  // namespace sessionbroker::login
