#include "service/login/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/login/programs.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::login {
namespace {

using sessionbroker::testing::StatusIs;
using sessionbroker::testing::TempDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

std::string Named(absl::string_view provider) {
  return absl::StrReplaceAll(kChallengeDefinition,
                             {{"provider: demo", absl::StrCat("provider: ", provider)}});
}

std::vector<std::string> NamesOf(const DefinitionSet& set) {
  std::vector<std::string> names;
  for (const auto& [name, program] : set.programs()) names.push_back(name);
  return names;
}

TEST(DefinitionSetTest, TheBuiltInDefinitionsAreRight) {
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({}, &diagnostics);
  ASSERT_NE(set, nullptr) << diagnostics.ToString();
  EXPECT_THAT(NamesOf(*set), IsSupersetOf({"abms", "corebos", "vtiger"}));
}

TEST(DefinitionSetTest, TheExamplesOfTheDocumentationAreRight) {
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({"docs/examples/definitions"}, &diagnostics);
  ASSERT_NE(set, nullptr) << diagnostics.ToString();
  const auto plain = set->Find("corebos-plain");
  ASSERT_TRUE(plain.ok());
  EXPECT_TRUE((*plain)->sends_raw());
  EXPECT_FALSE((*plain)->sends_raw_in_url());
}

TEST(DefinitionSetTest, AnUnknownProviderIsToldWithTheNearest) {
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({}, &diagnostics);
  ASSERT_NE(set, nullptr);
  ASSERT_TRUE(set->Find("vtiger").ok());
  EXPECT_EQ((*set->Find("vtiger"))->provider(), "vtiger");
  EXPECT_THAT(set->Find("vtigr"),
              StatusIs(absl::StatusCode::kNotFound,
                       "there is no definition of a provider \"vtigr\"; did you mean \"vtiger\"?"));
}

TEST(DefinitionSetTest, FilesOfDirectoriesAreAdded) {
  TempDirectory one;
  TempDirectory two;
  one.Write("b.yaml", Named("beta"));
  one.Write("a.yaml", Named("alpha"));
  one.Write("README.md", "not a definition");
  two.Write("c.yaml", Named("gamma"));
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({one.path(), two.path()}, &diagnostics);
  ASSERT_NE(set, nullptr) << diagnostics.ToString();
  EXPECT_THAT(NamesOf(*set), IsSupersetOf({"alpha", "beta", "gamma", "vtiger"}));
}

// As Kubernetes mounts a ConfigMap: links into a directory of the version.
TEST(DefinitionSetTest, LinkedFilesAreReadOnce) {
  TempDirectory directory;
  directory.Write("..2026_11_21/a.yaml", Named("alpha"));
  std::filesystem::create_directory_symlink("..2026_11_21", directory.File("..data"));
  std::filesystem::create_symlink("..data/a.yaml", directory.File("a.yaml"));
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({directory.path()}, &diagnostics);
  ASSERT_NE(set, nullptr) << diagnostics.ToString();
  EXPECT_TRUE(set->Find("alpha").ok());
}

std::string MistakesOf(const std::vector<std::string>& directories) {
  config::Diagnostics diagnostics;
  // What was right is there all the same.
  EXPECT_TRUE(DefinitionSet::Load(directories, &diagnostics)->Find("corebos").ok());
  return diagnostics.ToString();
}

TEST(DefinitionSetTest, ABuiltInNameIsNotShadowed) {
  TempDirectory directory;
  const std::string file = directory.Write("mine.yaml", Named("vtiger"));
  EXPECT_EQ(MistakesOf({directory.path()}),
            absl::StrCat(
                file, ":3:11: provider: \"vtiger\" is defined already, in builtin:vtiger.yaml\n"));
}

TEST(DefinitionSetTest, ANameInTwoFilesIsToldWithBoth) {
  TempDirectory directory;
  const std::string first = directory.Write("a.yaml", Named("same"));
  const std::string second = directory.Write("b.yaml", Named("same"));
  EXPECT_EQ(MistakesOf({directory.path()}),
            absl::StrCat(second, ":3:11: provider: \"same\" is defined already, in ", first, "\n"));
}

TEST(DefinitionSetTest, AllMistakesOfAllFilesAreToldAtOnce) {
  TempDirectory directory;
  const std::string a = directory.Write(
      "a.yaml", absl::StrReplaceAll(kChallengeDefinition, {{"method: POST", "method: post"}}));
  const std::string b = directory.Write(
      "b.yaml", absl::StrReplaceAll(Named("beta"), {{"token + secret.key", "token + secret.kee"},
                                                    {"idle: 10m", "idle: soon"}}));
  const std::string mistakes = MistakesOf({directory.path()});
  EXPECT_THAT(mistakes, HasSubstr(absl::StrCat(a, ":21:15: login[1].request.method: ")));
  EXPECT_THAT(mistakes, HasSubstr(absl::StrCat(b, ":25:37: login[1].request.form.proof: ")));
  EXPECT_THAT(mistakes, HasSubstr(absl::StrCat(b, ":42:9: session.idle: ")));
}

TEST(DefinitionSetTest, WhatCannotBeReadIsAMistake) {
  TempDirectory directory;
  const std::string missing = directory.File("missing");
  EXPECT_THAT(MistakesOf({missing}),
              HasSubstr(absl::StrCat(missing, ": the directory cannot be read: ")));

  const std::string folder = directory.Write("folder.yaml/x", "");
  EXPECT_THAT(MistakesOf({directory.path()}),
              HasSubstr(absl::StrCat(directory.File("folder.yaml"), ": the file cannot be read")));
}

TEST(DefinitionSetTest, AFileThatWouldBePassedOverInSilenceIsAMistake) {
  TempDirectory directory;
  const std::string file = directory.Write("a.yml", Named("alpha"));
  EXPECT_EQ(MistakesOf({directory.path()}),
            absl::StrCat(file, ": definitions are called *.yaml; rename it, or take it away\n"));
}

TEST(DefinitionSetTest, AFileThatIsTooLargeIsAMistake) {
  TempDirectory directory;
  const std::string fits = Named("alpha");
  directory.Write("fits.yaml",
                  absl::StrCat(fits, std::string(kMaxDefinitionBytes - fits.size(), '#')));
  config::Diagnostics diagnostics;
  EXPECT_NE(DefinitionSet::Load({directory.path()}, &diagnostics), nullptr)
      << diagnostics.ToString();
  const std::string file = directory.Write("large.yaml", std::string(kMaxDefinitionBytes + 1, '#'));
  EXPECT_EQ(MistakesOf({directory.path()}),
            absl::StrCat(file, ": more than 262144 bytes, the most of a definition\n"));
}

TEST(BuiltinDefinitionsTest, TheTextsAreThoseOfTheFiles) {
  config::Diagnostics diagnostics;
  const std::vector<DefinitionFile> files =
      ReadDefinitionDirectories({"service/providers"}, &diagnostics);
  const std::vector<DefinitionText> builtin = BuiltinDefinitions();
  ASSERT_EQ(builtin.size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(builtin[i].file,
              absl::StrCat("builtin:", std::filesystem::path(files[i].file).filename().string()));
    EXPECT_TRUE(builtin[i].text == files[i].text) << files[i].file;
  }
}

}  // namespace
}  // namespace sessionbroker::login
