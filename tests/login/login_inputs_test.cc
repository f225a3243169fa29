#include "service/login/login_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/http/url.h"
#include "tests/login/programs.h"

namespace sessionbroker::login {
namespace {

using ::testing::ElementsAre;

using LoginInputs = std::vector<std::pair<std::string, std::string>>;

LoginInputs InputsOf(const Account& account) {
  LoginInputs inputs;
  ForEachLoginInput(account, [&inputs](absl::string_view label, absl::string_view value) {
    inputs.emplace_back(label, value);
  });
  return inputs;
}

std::shared_ptr<Account> AccountToLogIn(const std::string& definition = kChallengeDefinition) {
  auto account = MakeAccount(MustCompile(definition), {{"username", "jane"}}, {{"key", "k3y"}});
  account->origins.push_back(*http::BaseUrl::Create("https://other.example.com"));
  return account;
}

TEST(LoginInputsTest, AreAllThatGoesIntoALoginInOneOrder) {
  std::vector<std::string> labels;
  std::map<std::string, std::string> values;
  for (const auto& [label, value] : InputsOf(*AccountToLogIn())) {
    labels.push_back(label);
    values[label] = value;
  }
  EXPECT_THAT(labels, ElementsAre("provider", "definition", "base_url", "origins[0]",
                                  "parameters.username", "secrets.key"));
  EXPECT_EQ(values["provider"], "demo");
  EXPECT_EQ(values["base_url"], "https://example.com");
  EXPECT_EQ(values["origins[0]"], "https://other.example.com");
  EXPECT_EQ(values["parameters.username"], "jane");
  EXPECT_TRUE(values["secrets.key"] == "k3y");
}

TEST(LoginInputsTest, AChangeOfAnyOfThemShows) {
  const LoginInputs before = InputsOf(*AccountToLogIn());
  EXPECT_TRUE(InputsOf(*AccountToLogIn()) == before);
  const auto changed = [&before](const auto& change) {
    const std::shared_ptr<Account> account = AccountToLogIn();
    change(*account);
    return InputsOf(*account) != before;
  };
  EXPECT_TRUE(changed([](Account& account) { account.base_url = "https://example.org"; }));
  EXPECT_TRUE(changed([](Account& account) { account.origins.clear(); }));
  EXPECT_TRUE(changed([](Account& account) { account.parameters["username"] = "john"; }));
  EXPECT_TRUE(changed([](Account& account) { account.secrets["key"] = secrets::Secret("k4y"); }));
  EXPECT_TRUE(InputsOf(*AccountToLogIn(absl::StrReplaceAll(
                  kChallengeDefinition, {{"path: /login", "path: /login2"}}))) != before);
}

TEST(LoginInputsTest, TextForPeopleIsNoPartOfThem) {
  EXPECT_TRUE(InputsOf(*AccountToLogIn(absl::StrReplaceAll(
                  kChallengeDefinition, {{"username: The name.", "username: Its name."}}))) ==
              InputsOf(*AccountToLogIn()));
}

}  // namespace
}  // namespace sessionbroker::login
