#include "service/login/expression/param_functions.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/login/expression/text_functions.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {
namespace {

using secrets::WipedBytes;

// Parameters without those of which `dropped` holds.
template <typename Predicate>
Value Without(const Params& params, Predicate dropped) {
  Params out;
  std::remove_copy_if(params.begin(), params.end(), std::back_inserter(out), dropped);
  return Value::Params(std::move(out));
}

template <typename Order>
Value Sorted(Params params, Order order) {
  std::stable_sort(params.begin(), params.end(), order);
  return Value::Params(std::move(params));
}

// Each name and value encoded.
absl::StatusOr<Value> Encoded(const Params& params, WipedBytes (*encode)(absl::string_view)) {
  Params out;
  for (const Param& param : params) out.emplace_back(encode(param.name()), encode(param.value()));
  return CheckedParams(std::move(out));
}

absl::Status Append(absl::string_view text, WipedBytes* out) {
  if (out->size() + text.size() > kMaxValueSizeInBytes) {
    return absl::OutOfRangeError(
        absl::StrCat("the result has more than ", kMaxValueSizeInBytes, " bytes"));
  }
  out->insert(out->end(), text.begin(), text.end());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Value> CheckedParams(Params params) {
  if (params.size() > kMaxParams) {
    return absl::OutOfRangeError(
        absl::StrCat("params have at most ", kMaxParams, " pairs, these have ", params.size()));
  }
  Value value = Value::Params(std::move(params));
  if (const std::size_t size = value.size_in_bytes(); size > kMaxValueSizeInBytes) {
    return absl::OutOfRangeError(
        absl::StrCat("params have at most ", kMaxValueSizeInBytes, " bytes, these have ", size));
  }
  return value;
}

absl::StatusOr<Value> MakeParam(absl::Span<const Value> arguments) {
  return CheckedParams({Param(arguments[0].text(), arguments[1].text())});
}

absl::StatusOr<Value> DropParams(absl::Span<const Value> arguments) {
  return Without(arguments[0].params(),
                 [name = arguments[1].text()](const Param& param) { return param.name() == name; });
}

absl::StatusOr<Value> DropEmptyParams(absl::Span<const Value> arguments) {
  return Without(arguments[0].params(), [](const Param& param) { return param.value().empty(); });
}

absl::StatusOr<Value> SortParamsByName(absl::Span<const Value> arguments) {
  return Sorted(arguments[0].params(),
                [](const Param& a, const Param& b) { return a.name() < b.name(); });
}

absl::StatusOr<Value> SortParamsByNameAndValue(absl::Span<const Value> arguments) {
  return Sorted(arguments[0].params(), [](const Param& a, const Param& b) {
    return std::make_tuple(a.name(), a.value()) < std::make_tuple(b.name(), b.value());
  });
}

absl::StatusOr<Value> ParamsToPercent(absl::Span<const Value> arguments) {
  return Encoded(arguments[0].params(), PercentEncode);
}

absl::StatusOr<Value> ParamsToForm(absl::Span<const Value> arguments) {
  return Encoded(arguments[0].params(), FormEncode);
}

absl::StatusOr<Value> JoinParams(absl::Span<const Value> arguments) {
  const absl::string_view within = arguments[1].text();
  const absl::string_view between = arguments[2].text();
  WipedBytes out;
  absl::Status status;
  for (const Param& param : arguments[0].params()) {
    if (&param != &arguments[0].params().front()) status.Update(Append(between, &out));
    status.Update(Append(param.name(), &out));
    status.Update(Append(within, &out));
    status.Update(Append(param.value(), &out));
    if (!status.ok()) return status;
  }
  return Value::Text(std::move(out));
}

absl::StatusOr<Value> JoinParamValues(absl::Span<const Value> arguments) {
  const absl::string_view between = arguments[1].text();
  WipedBytes out;
  absl::Status status;
  for (const Param& param : arguments[0].params()) {
    if (&param != &arguments[0].params().front()) status.Update(Append(between, &out));
    status.Update(Append(param.value(), &out));
    if (!status.ok()) return status;
  }
  return Value::Text(std::move(out));
}

absl::StatusOr<Value> ValueOfParam(absl::Span<const Value> arguments) {
  for (const Param& param : arguments[0].params()) {
    if (param.name() == arguments[1].text()) return Value::Text(param.value());
  }
  return absl::NotFoundError("the params have no such name");
}

}  // namespace sessionbroker::login
