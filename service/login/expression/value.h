#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_VALUE_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// The types of the expression language. Text is UTF-8; text and bytes never convert by themselves.
enum class Type { kText, kBytes, kInt, kBool, kTime, kDuration, kParams };

// "text", "bytes", …
absl::string_view NameOf(Type type);

// Text and bytes that an expression works with are no longer.
inline constexpr std::size_t kMaxValueSizeInBytes = std::size_t{1} << 20;
// Parameters have no more pairs, and their names and values together no more than the bytes above.
inline constexpr std::size_t kMaxParams = 1024;

// A name and a value, both text; of what a request or its signature is made. May hold a secret, as
// a Value may.
class Param {
 public:
  Param(absl::string_view name, absl::string_view value)
      : name_(name.begin(), name.end()), value_(value.begin(), value.end()) {}
  Param(secrets::WipedBytes name, secrets::WipedBytes value)
      : name_(std::move(name)), value_(std::move(value)) {}

  absl::string_view name() const { return absl::string_view(name_.data(), name_.size()); }
  absl::string_view value() const { return absl::string_view(value_.data(), value_.size()); }

  friend std::ostream& operator<<(std::ostream& out, const Param& param) = delete;
  friend void PrintTo(const Param& param, std::ostream* out);

 private:
  secrets::WipedBytes name_;
  secrets::WipedBytes value_;
};

// In their order; a name may stand in it more than once.
using Params = std::vector<Param>;

// One value of an expression. May be a secret or hold one: it cannot be streamed, GoogleTest prints
// "<redacted>", and text and bytes are wiped when freed.
class Value {
 public:
  static Value Text(absl::string_view text);
  static Value Text(secrets::WipedBytes text);
  static Value Bytes(absl::string_view bytes);
  static Value Bytes(secrets::WipedBytes bytes);
  static Value Int(int64_t value);
  static Value Bool(bool value);
  static Value Time(absl::Time value);
  static Value Duration(absl::Duration value);
  static Value Params(login::Params params);

  Type type() const { return type_; }

  // Each requires the type that it names.
  absl::string_view text() const;
  absl::string_view bytes() const;
  int64_t int_value() const { return std::get<int64_t>(value_); }
  bool bool_value() const { return std::get<bool>(value_); }
  absl::Time time() const { return std::get<absl::Time>(value_); }
  absl::Duration duration() const { return std::get<absl::Duration>(value_); }
  const login::Params& params() const { return std::get<login::Params>(value_); }

  // The bytes of a text or of bytes. Requires one of the two.
  absl::string_view data() const;

  // Of what it holds of text and bytes, names of parameters included; 0 for other types.
  std::size_t size_in_bytes() const;

  friend std::ostream& operator<<(std::ostream& out, const Value& value) = delete;
  friend void PrintTo(const Value& value, std::ostream* out);

 private:
  using Storage =
      std::variant<secrets::WipedBytes, int64_t, bool, absl::Time, absl::Duration, login::Params>;
  Value(Type type, Storage value) : type_(type), value_(std::move(value)) {}

  Type type_;
  Storage value_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_VALUE_H_
