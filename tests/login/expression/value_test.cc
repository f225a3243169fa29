#include "service/login/expression/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <type_traits>

namespace sessionbroker::login {
namespace {

template <typename T, typename = void>
struct IsStreamable : std::false_type {};
template <typename T>
struct IsStreamable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>>
    : std::true_type {};

TEST(ValueTest, CannotBeStreamedAndIsRedactedInTestFailures) {
  static_assert(!IsStreamable<Value>::value);
  EXPECT_EQ(::testing::PrintToString(Value::Text("hunter2")), "<redacted>");
  EXPECT_EQ(::testing::PrintToString(Value::Bytes("hunter2")), "<redacted>");
  EXPECT_EQ(::testing::PrintToString(Value::Int(7)), "<redacted>");
}

TEST(ValueTest, HoldsWhatItWasMadeOf) {
  const std::string with_nul("a\0b", 3);
  EXPECT_EQ(Value::Text(with_nul).type(), Type::kText);
  EXPECT_EQ(Value::Text(with_nul).text(), with_nul);
  EXPECT_EQ(Value::Text(secrets::WipedBytes(2, 'x')).text(), "xx");
  EXPECT_EQ(Value::Text("").text(), "");
  EXPECT_EQ(Value::Bytes("\xff").type(), Type::kBytes);
  EXPECT_EQ(Value::Bytes("\xff").bytes(), "\xff");
  EXPECT_EQ(Value::Bytes(secrets::WipedBytes(2, 'x')).data(), "xx");
  EXPECT_EQ(Value::Int(-1).type(), Type::kInt);
  EXPECT_EQ(Value::Int(-1).int_value(), -1);
  EXPECT_EQ(Value::Bool(true).type(), Type::kBool);
  EXPECT_TRUE(Value::Bool(true).bool_value());
  EXPECT_EQ(Value::Time(absl::FromUnixSeconds(1)).type(), Type::kTime);
  EXPECT_EQ(Value::Time(absl::FromUnixSeconds(1)).time(), absl::FromUnixSeconds(1));
  EXPECT_EQ(Value::Duration(absl::Seconds(1)).type(), Type::kDuration);
  EXPECT_EQ(Value::Duration(absl::Seconds(1)).duration(), absl::Seconds(1));
}

TEST(ValueTest, CopiesShareNothing) {
  const Value original = Value::Text("abc");
  const Value copy = original;
  EXPECT_EQ(copy.text(), original.text());
  EXPECT_NE(copy.text().data(), original.text().data());
}

}  // namespace
}  // namespace sessionbroker::login
