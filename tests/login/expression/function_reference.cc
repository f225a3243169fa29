#include "tests/login/expression/function_reference.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/login/expression/functions.h"

namespace sessionbroker::login {
namespace {

const char* NameOf(FlowRule rule) {
  switch (rule) {
    case FlowRule::kKeeps:
      return "keeps";
    case FlowRule::kWeakens:
      return "weakens";
    case FlowRule::kDigests:
      return "digests";
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
                    NameOf(function.flow), " | ", absl::StrJoin(examples, "; "), " |\n");
  }
  return table;
}

}  // namespace sessionbroker::login
