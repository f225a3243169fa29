// Accounts of account files: checked by line, built when they are asked for, followed by a reload.
#include "service/app/account_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/app/lazy_accounts.h"
#include "service/base/error.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;

std::string LineOf(const std::string& account, const std::string& more = "") {
  return absl::StrCat(
      R"({"provider": "abms", "account": ")", account,
      R"(", "base_url": "https://crm.example.com", "parameters": {"username": "u"})", more, "}\n");
}

class AccountCatalogTest : public ::testing::Test {
 protected:
  AccountCatalogTest() {
    config::Diagnostics none;
    definitions_ = login::DefinitionSet::Load({}, &none);
    settings_.secret_file_template = temp_.File("{account}/{name}");
  }

  void Write(const std::string& name, const std::string& text) {
    const std::string path = temp_.Write(name, text);
    if (std::find(settings_.account_files.begin(), settings_.account_files.end(), path) ==
        settings_.account_files.end()) {
      settings_.account_files.push_back(path);
    }
  }

  std::shared_ptr<const AccountCatalog> Load(bool read_secrets = false,
                                             const AccountCatalog* before = nullptr) {
    diagnostics_ = {};
    return AccountCatalog::Load(settings_, definitions_, read_secrets, before, &diagnostics_);
  }
  // One a line, with "DIR" for the directory.
  std::string Mistakes() const {
    return absl::StrReplaceAll(diagnostics_.ToString(), {{temp_.path(), "DIR"}});
  }

  static std::vector<std::string> NamesOf(const std::vector<base::AccountId>& ids) {
    std::vector<std::string> names;
    for (const base::AccountId& id : ids) names.push_back(id.ToString());
    return names;
  }

  testing::TempDirectory temp_;
  std::shared_ptr<const login::DefinitionSet> definitions_;
  config::Settings settings_;
  config::Diagnostics diagnostics_;
};

TEST_F(AccountCatalogTest, AccountsOfAllFilesAreListedInOrderFromAnywhere) {
  Write("one.ndjson", LineOf("c") + "\n" + LineOf("a") + "  \n" + LineOf("e"));
  Write("two.ndjson", LineOf("d") + LineOf("b"));
  const auto catalog = Load();
  EXPECT_EQ(Mistakes(), "");
  EXPECT_EQ(catalog->size(), 5u);
  EXPECT_THAT(NamesOf(catalog->List({"", ""}, true, 9)),
              ElementsAre("abms/a", "abms/b", "abms/c", "abms/d", "abms/e"));
  EXPECT_THAT(NamesOf(catalog->List({"abms", "b"}, true, 2)), ElementsAre("abms/b", "abms/c"));
  EXPECT_THAT(NamesOf(catalog->List({"abms", "b"}, false, 2)), ElementsAre("abms/c", "abms/d"));
  EXPECT_THAT(NamesOf(catalog->List({"abms", "f"}, true, 2)), IsEmpty());
  EXPECT_TRUE(catalog->Has({"abms", "e"}));
  EXPECT_FALSE(catalog->Has({"abms", "f"}));
  EXPECT_FALSE(catalog->Has({"vtiger", "e"}));
}

TEST_F(AccountCatalogTest, EachMistakeStandsAtItsLine) {
  Write("a.ndjson",
        LineOf("good") +                                                            // 1
            "not JSON: hunter2\n" +                                                 // 2
            LineOf("extra", R"(, "orgins": [])") +                                  // 3
            LineOf("twice", R"(, "account": "hunter2")") +                          // 4
            R"({"provider": "vtigre", "account": "x", "base_url": "https://a"})" +  // 5
            "\n" +                                                                  //
            LineOf("url", R"(, "origins": ["ftp://a"])") +                          // 6
            LineOf("env", R"(, "secrets": {"access_key": {"env": "PATH"}})") +      // 7
            "[]\n" +                                                                // 8
            LineOf("bad name") +                                                    // 9
            LineOf("good"));                                                        // 10
  Load();
  EXPECT_EQ(
      Mistakes(),
      "DIR/a.ndjson:2:2: expected a JSON object, found what is no JSON\n"
      "DIR/a.ndjson:3: account.orgins: unknown field; did you mean \"origins\"?\n"
      "DIR/a.ndjson:4: two members of one object have the same name\n"
      "DIR/a.ndjson:5: account.provider: there is no definition of a provider \"vtigre\"; did you "
      "mean \"vtiger\"?\n"
      "DIR/a.ndjson:6: account.origins[0]: URL: scheme is 'ftp', must be 'https' or 'http'\n"
      "DIR/a.ndjson:7: account.secrets.access_key: a variable of the environment goes with an "
      "account of the configuration itself only\n"
      "DIR/a.ndjson:8: account: expected a mapping, found a sequence\n"
      "DIR/a.ndjson:9: account.account: expected 1 to 128 letters, digits, \".\", \"_\", \"-\", "
      "\"@\" or \"+\", found \"bad name\"\n"
      "DIR/a.ndjson:10: account.account: the account \"abms/good\" is already on line 1\n");
}

TEST_F(AccountCatalogTest, AnIdStandsOnceInAllFilesAndTheConfiguration) {
  Write("a.ndjson", LineOf("a") + LineOf("b"));
  Write("b.ndjson", LineOf("b"));
  config::Account known;
  known.id = {"abms", "a"};
  settings_.accounts.push_back(known);
  Load();
  EXPECT_EQ(Mistakes(),
            "DIR/a.ndjson:1: account.account: the account \"abms/a\" is already in the "
            "configuration\n"
            "DIR/b.ndjson:1: account.account: the account \"abms/b\" is already on line 2 of "
            "DIR/a.ndjson\n");
}

TEST_F(AccountCatalogTest, FileThatIsNotThereIsAMistake) {
  settings_.account_files = {temp_.File("none.ndjson")};
  Load();
  EXPECT_EQ(Mistakes(), "DIR/none.ndjson: there is no such file\n");
}

TEST_F(AccountCatalogTest, SecretsAreReadOnlyWhenTheAccountIsBuiltOrAllAreChecked) {
  Write("a.ndjson", LineOf("a") + LineOf("b"));
  temp_.Write("a/access_key", "the key of a\n");
  const auto catalog = Load();
  EXPECT_EQ(Mistakes(), "");
  SB_ASSERT_OK_AND_ASSIGN(const auto account, catalog->Build({"abms", "a"}));
  EXPECT_EQ(account->secrets.at("access_key"), secrets::Secret("the key of a"));
  EXPECT_THAT(catalog->Build({"abms", "b"}), HasReason(base::Reason::kSecretUnavailable));
  EXPECT_THAT(catalog->Build({"abms", "c"}), HasReason(base::Reason::kAccountUnknown));
  Load(/*read_secrets=*/true);
  EXPECT_EQ(Mistakes(),
            "DIR/a.ndjson:2: account.secrets.access_key: cannot read DIR/b/access_key: No such "
            "file or directory\n");
}

TEST_F(AccountCatalogTest, NameThatWouldLeadElsewhereIsRefusedInAPath) {
  Write("a.ndjson", LineOf("..") + LineOf("."));
  Load();
  EXPECT_THAT(Mistakes(), AllOf(HasSubstr("a.ndjson:1: account.account:"),
                                HasSubstr("a.ndjson:2: account.account:")));
}

TEST_F(AccountCatalogTest, ManyLinesAreCheckedByThreadsAndComeOutTheSame) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += LineOf(absl::StrCat("account-", (i * 7919) % 40'000));
  Write("a.ndjson", text + "x\n");
  const auto catalog = Load();
  EXPECT_EQ(Mistakes(), "DIR/a.ndjson:40001:1: expected a JSON object, found what is no JSON\n");
  EXPECT_EQ(catalog->size(), 40'000u);
  EXPECT_TRUE(catalog->Has({"abms", "account-39999"}));
}

TEST_F(AccountCatalogTest, FileThatHasNotChangedIsTakenOver) {
  Write("a.ndjson", LineOf("a"));
  const auto first = Load();
  const auto again = Load(false, first.get());
  EXPECT_TRUE(first->IsSameAs(*again));
  Write("a.ndjson", LineOf("a"));
  EXPECT_TRUE(first->IsSameAs(*Load(false, first.get()))) << "the same lines, written anew";
  Write("a.ndjson", LineOf("b"));
  const auto other = Load(false, first.get());
  EXPECT_FALSE(first->IsSameAs(*other));
  EXPECT_TRUE(other->Has({"abms", "b"}));
}

class LazyAccountsTest : public AccountCatalogTest {
 protected:
  LazyAccountsTest() : loop_(base::EventLoop::Create().value()) {
    EXPECT_THAT(loop_->Start(), IsOk());
    for (const char* name : {"a", "b", "c"}) {
      temp_.Write(absl::StrCat(name, "/access_key"), "the key\n");
    }
    Write("a.ndjson", LineOf("a") + LineOf("b") + LineOf("c"));
    lazy_ = LazyAccounts::Create(Load(), loop_.get(), &log_).value();
  }
  ~LazyAccountsTest() override {
    lazy_ = nullptr;
    loop_->Stop();
  }

  absl::StatusOr<std::shared_ptr<const login::Account>> Ask(const std::string& name) {
    std::promise<absl::StatusOr<std::shared_ptr<const login::Account>>> answer;
    lazy_->Load({"abms", name}, [&](absl::StatusOr<std::shared_ptr<const login::Account>> account) {
      answer.set_value(std::move(account));
    });
    return answer.get_future().get();
  }

  telemetry::Logger log_{telemetry::LogLevel::kError, [](absl::string_view) {}};
  std::unique_ptr<base::EventLoop> loop_;
  std::unique_ptr<LazyAccounts> lazy_;
};

TEST_F(LazyAccountsTest, UpdateTellsWhatDiffersOfThoseThatWereAskedForAndNothingElse) {
  ASSERT_THAT(Ask("a"), IsOk());
  ASSERT_THAT(Ask("b"), IsOk());
  EXPECT_THAT(lazy_->Update(Load()).configured, IsEmpty());
  Write("a.ndjson", LineOf("a", R"(, "origins": ["https://b.example.com"])") +
                        LineOf("c", R"(, "origins": ["https://b.example.com"])"));
  const LazyAccounts::Change change = lazy_->Update(Load());
  ASSERT_THAT(change.configured, SizeIs(1));
  EXPECT_EQ(change.configured[0]->id.account, "a");
  EXPECT_THAT(NamesOf(change.removed), ElementsAre("abms/b"));
  EXPECT_THAT(Ask("b"), HasReason(base::Reason::kAccountUnknown));
  EXPECT_EQ(lazy_->size(), 2u);
}

TEST_F(LazyAccountsTest, SecretOfOneThatWasAskedForIsReadAgain) {
  ASSERT_THAT(Ask("a"), IsOk());
  temp_.Write("a/access_key", "another\n");
  temp_.Write("b/access_key", "another\n");
  const LazyAccounts::Change change = lazy_->Update(Load());
  ASSERT_THAT(change.configured, SizeIs(1));
  EXPECT_EQ(change.configured[0]->secrets.at("access_key"), secrets::Secret("another"));
}

TEST_F(LazyAccountsTest, SecretThatCannotBeReadIsAnErrorThatDoesNotTellWhere) {
  std::filesystem::remove(temp_.File("a/access_key"));
  const auto refused = Ask("a");
  EXPECT_THAT(refused, HasReason(base::Reason::kSecretUnavailable));
  EXPECT_EQ(refused.status().message(), "the broker cannot read a secret of abms/a");
  temp_.Write("a/access_key", "back\n");
  EXPECT_THAT(Ask("a"), IsOk());
}

}  // namespace
}  // namespace sessionbroker::app
