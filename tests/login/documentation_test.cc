// docs/providers.md against what it describes.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/config/diagnostics.h"
#include "service/login/compiler.h"
#include "service/login/definitions.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using ::testing::HasSubstr;

std::string Documentation() {
  std::ifstream file("docs/providers.md");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The names that a definition may use, of `message` and of all that it holds.
void CollectNames(const Descriptor& message, std::set<std::string>* names,
                  std::set<std::string>* seen) {
  // A Node is written as any YAML.
  if (message.name() == "Node" || message.name() == "Duration") return;
  if (!seen->insert(message.full_name()).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    // The keys of mappings, and values that stand for the whole.
    if (field.name() != "name" && message.name() != "Field") names->insert(field.name());
    if (field.message_type() != nullptr) CollectNames(*field.message_type(), names, seen);
  }
}

TEST(DocumentationTest, EveryFieldIsDescribed) {
  std::set<std::string> names;
  std::set<std::string> seen;
  CollectNames(*definition::v1::Definition::descriptor(), &names, &seen);
  ASSERT_GT(names.size(), 40u);
  const std::string text = Documentation();
  for (const std::string& name : names) EXPECT_THAT(text, HasSubstr(absl::StrCat("`", name, "`")));
}

TEST(DocumentationTest, EveryOutcomeTypeAndBindingIsDescribed) {
  const std::string text = Documentation();
  for (const char* name : {"ok", "credentials_rejected", "challenge_stale", "transient",
                           "permanent", "text", "int", "bool", "user_agent", "client_address"}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("`", name, "`")));
  }
  // One more of them must come with a line here.
  EXPECT_EQ(definition::v1::Outcome_descriptor()->value_count(), 6);
  EXPECT_EQ(definition::v1::ValueType_descriptor()->value_count(), 4);
  EXPECT_EQ(definition::v1::Binding_descriptor()->value_count(), 3);
}

TEST(DocumentationTest, TheWorkedDefinitionLoads) {
  const std::string text = Documentation();
  const std::string begin = "```yaml\nschema: 1\n";
  const std::size_t from = text.find(begin);
  ASSERT_NE(from, std::string::npos);
  const std::size_t start = from + std::string("```yaml\n").size();
  const std::string yaml = text.substr(start, text.find("```", start) - start);
  config::Diagnostics diagnostics;
  EXPECT_NE(LoadDefinition("docs/providers.md", yaml, &diagnostics), nullptr)
      << diagnostics.ToString();
}

TEST(DocumentationTest, TheLimitsAreThoseOfTheCode) {
  const std::string text = Documentation();
  EXPECT_THAT(text, HasSubstr(absl::StrCat(
                        "A definition has ", kMaxDefinitionBytes / 1024, " KiB, ", kMaxSteps,
                        " steps and ", kMaxListLength, " elements in any list; a template ",
                        kMaxTemplateBytes / 1024, " KiB; a login ", 2 * kMaxSteps, " requests")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("A value has ", kMaxExtractedBytes / 1024, " KiB")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("lies deeper than ", kMaxJsonDepth, " levels")));
}

}  // namespace
}  // namespace sessionbroker::login
