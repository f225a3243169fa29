#include "service/login/expression/function_rows.h"
#include "service/login/expression/param_functions.h"

namespace sessionbroker::login {

std::vector<Function> ParamFunctions() {
  using enum Type;
  return {
      {"param",
       {"name", "value"},
       FlowRule::kKeepsLast,
       "Params of one pair. More are made with `+`.",
       {{{kText, kText}, kParams, MakeParam}},
       {{R"(join(param("b", "2") + param("a", "1"), "=", "&"))", R"("b=2&a=1")"}}},
      {"value_of",
       {"params", "name"},
       FlowRule::kWeakens,
       "The value of the first pair of this name. It must be there.",
       {{{kParams, kText}, kText, ValueOfParam}},
       {{R"(value_of(param("a", "1") + param("b", "2"), "b"))", R"("2")"}}},
      {"drop",
       {"params", "name"},
       FlowRule::kWeakens,
       "Without the pairs of this name.",
       {{{kParams, kText}, kParams, DropParams}},
       {{R"(join(drop(param("a", "1") + param("b", "2") + param("a", "3"), "a"), "=", "&"))",
         R"("b=2")"}}},
      {"drop_empty",
       {"params"},
       FlowRule::kKeeps,
       "Without the pairs whose value is empty.",
       {{{kParams}, kParams, DropEmptyParams}},
       {{R"(join(drop_empty(param("a", "") + param("b", "2")), "=", "&"))", R"("b=2")"}}},
      {"sort_by_name",
       {"params"},
       FlowRule::kKeeps,
       "In the order of the names' code points; pairs of one name stay in theirs.",
       {{{kParams}, kParams, SortParamsByName}},
       {{R"(join(sort_by_name(param("b", "1") + param("a", "3") + param("a", "2")), "", ""))",
         R"("a3a2b1")"}}},
      {"sort_by_name_and_value",
       {"params"},
       FlowRule::kKeeps,
       "In the order of the names' code points, pairs of one name in that of their values'.",
       {{{kParams}, kParams, SortParamsByNameAndValue}},
       {{R"(join(sort_by_name_and_value(param("b", "1") + param("a", "3") + param("a", "2")), "", ""))",
         R"("a2a3b1")"}}},
      {"join",
       {"params", "within", "between"},
       FlowRule::kKeepsFirst,
       "Each pair as its name, `within`, its value; with `between` between the pairs. Nothing is "
       "encoded.",
       {{{kParams, kText, kText}, kText, JoinParams}},
       {{R"(join(param("a", "1 2") + param("b", ""), "=", "&"))", R"("a=1 2&b=")"}}},
      {"join_values",
       {"params", "between"},
       FlowRule::kKeepsFirst,
       "The values alone, with `between` between them.",
       {{{kParams, kText}, kText, JoinParamValues}},
       {{R"(join_values(param("a", "1") + param("b", "2"), ","))", R"("1,2")"}}},
  };
}

}  // namespace sessionbroker::login
