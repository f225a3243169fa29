#include "service/login/expression/value.h"

#include <cassert>

namespace sessionbroker::login {

absl::string_view NameOf(Type type) {
  switch (type) {
    case Type::kText:
      return "text";
    case Type::kBytes:
      return "bytes";
    case Type::kInt:
      return "int";
    case Type::kBool:
      return "bool";
    case Type::kTime:
      return "time";
    case Type::kDuration:
      return "duration";
    case Type::kParams:
      return "params";
  }
  return "";
}

Value Value::Text(absl::string_view text) {
  return Text(secrets::WipedBytes(text.begin(), text.end()));
}
Value Value::Text(secrets::WipedBytes text) { return Value(Type::kText, std::move(text)); }
Value Value::Bytes(absl::string_view bytes) {
  return Bytes(secrets::WipedBytes(bytes.begin(), bytes.end()));
}
Value Value::Bytes(secrets::WipedBytes bytes) { return Value(Type::kBytes, std::move(bytes)); }
Value Value::Int(int64_t value) { return Value(Type::kInt, value); }
Value Value::Bool(bool value) { return Value(Type::kBool, value); }
Value Value::Time(absl::Time value) { return Value(Type::kTime, value); }
Value Value::Duration(absl::Duration value) { return Value(Type::kDuration, value); }
Value Value::Params(login::Params params) { return Value(Type::kParams, std::move(params)); }

absl::string_view Value::text() const {
  assert(type_ == Type::kText);
  return data();
}

absl::string_view Value::bytes() const {
  assert(type_ == Type::kBytes);
  return data();
}

absl::string_view Value::data() const {
  const auto& bytes = std::get<secrets::WipedBytes>(value_);
  return absl::string_view(bytes.data(), bytes.size());
}

std::size_t Value::size_in_bytes() const {
  if (type_ == Type::kText || type_ == Type::kBytes) return data().size();
  std::size_t size = 0;
  if (type_ == Type::kParams) {
    for (const Param& param : params()) size += param.name().size() + param.value().size();
  }
  return size;
}

void PrintTo(const Param& /*param*/, std::ostream* out) { *out << "<redacted>"; }
void PrintTo(const Value& /*value*/, std::ostream* out) { *out << "<redacted>"; }

}  // namespace sessionbroker::login
