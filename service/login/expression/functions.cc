#include "service/login/expression/functions.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/login/expression/function_rows.h"

namespace sessionbroker::login {
namespace {

std::vector<Function> AllFunctions() {
  std::vector<Function> all;
  for (const auto& rows : {DigestFunctions(), EncodingFunctions(), TextFunctions(), TimeFunctions(),
                           ParamFunctions(), RandomFunctions()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace

const std::vector<Function>& Functions() {
  static const auto* const functions = new std::vector<Function>(AllFunctions());
  return *functions;
}

const Function* FindFunction(absl::string_view name) {
  for (const Function& function : Functions()) {
    if (name == function.name) return &function;
  }
  return nullptr;
}

std::string SignatureOf(const Function& function) {
  std::size_t required = function.parameters.size();
  for (const Overload& overload : function.overloads) {
    required = std::min(required, overload.parameters.size());
  }
  std::string signature = absl::StrCat(function.name, "(");
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    std::vector<absl::string_view> types;
    for (const Overload& overload : function.overloads) {
      if (i >= overload.parameters.size()) continue;
      const absl::string_view type = NameOf(overload.parameters[i]);
      if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
    }
    absl::StrAppend(&signature, i == required ? "[" : "", i > 0 ? ", " : "", function.parameters[i],
                    ": ", absl::StrJoin(types, " or "));
  }
  std::vector<absl::string_view> results;
  for (const Overload& overload : function.overloads) {
    const absl::string_view type = NameOf(overload.result);
    if (std::find(results.begin(), results.end(), type) == results.end()) results.push_back(type);
  }
  absl::StrAppend(&signature, required < function.parameters.size() ? "]" : "", ") → ",
                  absl::StrJoin(results, " or "));
  return signature;
}

}  // namespace sessionbroker::login
