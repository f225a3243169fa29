#include "tests/login/expression/function_reference.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/login/expression/functions.h"

namespace sessionbroker::login {
namespace {

std::string FreshnessOf(const Function& function) {
  switch (function.flow) {
    case FlowRule::kKeeps:
      return "keeps";
    case FlowRule::kKeepsFirst:
      return absl::StrCat("keeps that of `", function.parameters.front(), "`");
    case FlowRule::kKeepsLast:
      return absl::StrCat("keeps that of `", function.parameters.back(), "`");
    case FlowRule::kKeepsTimeOfFormat:
      return "keeps, if the format is a literal that tells the second";
    case FlowRule::kWeakens:
      return "weakens";
    case FlowRule::kDigests:
      return "digests";
    case FlowRule::kGenerates:
      return "fresh";
  }
  return "";
}

}  // namespace

std::string FunctionReference() {
  std::string table = "| Function | What it gives | Freshness | Examples |\n|---|---|---|---|\n";
  for (const Function& function : Functions()) {
    std::vector<std::string> examples;
    for (const FunctionExample& example : function.examples) {
      examples.push_back(absl::StrCat("`", example.expression, "` is `", example.value, "`"));
    }
    absl::StrAppend(&table, "| `", SignatureOf(function), "` | ", function.about, " | ",
                    FreshnessOf(function), " | ", absl::StrJoin(examples, "; "), " |\n");
  }
  return table;
}

}  // namespace sessionbroker::login
