#include "service/login/expression/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

TEST(ExpressionTest, VtigerAccessKey) {
  Scope scope;
  scope.names["token"] = {Type::kText, Taint::kFresh, false};
  scope.names["secret.access_key"] = {Type::kText, Taint::kRaw, false};
  std::vector<ExpressionError> errors;
  const auto expression =
      Template::Compile("${hex(md5(token + secret.access_key))}", scope, &errors);
  ASSERT_TRUE(expression.ok()) << expression.status();
  EXPECT_EQ(expression->type(), Type::kText);
  EXPECT_EQ(expression->taint(), Taint::kSealed);
  const Bindings bindings = {{"token", Value::Text("6b01f41c2d2e6")},
                             {"secret.access_key", Value::Text("uDFh1i0O56xBHJ9c")}};
  SB_ASSERT_OK_AND_ASSIGN(const Value value, expression->Evaluate(bindings));
  EXPECT_EQ(value.text(), "0b293c462498b5d432a8a49202648538");
}

}  // namespace
}  // namespace sessionbroker::login
