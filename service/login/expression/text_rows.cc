#include "service/login/expression/function_rows.h"
#include "service/login/expression/text_functions.h"

namespace sessionbroker::login {

std::vector<Function> TextFunctions() {
  using enum Type;
  return {
      {"string",
       {"value"},
       FlowRule::kKeeps,
       "An int in decimal; a bool as `true` or `false`.",
       {{{kInt}, kText, IntToText}, {{kBool}, kText, BoolToText}},
       {{R"(string(-42))", R"("-42")"}, {R"(string(1 < 2))", R"("true")"}}},
      {"int",
       {"text"},
       FlowRule::kKeeps,
       "The number that a text writes in decimal: digits, perhaps a `-` before them, nothing else.",
       {{{kText}, kInt, TextToInt}},
       {{R"(int("-042"))", "-42"}}},
      {"upper",
       {"text"},
       FlowRule::kKeeps,
       "With the letters a–z in upper case, all else as it is.",
       {{{kText}, kText, ToUpper}},
       {{R"(upper("žluť 4a"))", R"("žLUť 4A")"}}},
      {"lower",
       {"text"},
       FlowRule::kKeeps,
       "With the letters A–Z in lower case, all else as it is.",
       {{{kText}, kText, ToLower}},
       {{R"(lower("ŽLUŤ 4A"))", R"("ŽluŤ 4a")"}}},
      {"substring",
       {"text", "start", "end"},
       FlowRule::kWeakens,
       "The characters from `start`, counted from 0, up to but not including `end`, or to the "
       "last. "
       "Both must lie within the text.",
       {{{kText, kInt}, kText, Substring}, {{kText, kInt, kInt}, kText, Substring}},
       {{R"(substring("tacocat", 4))", R"("cat")"},
        {R"(substring("žluťoučký", 1, 4))", R"("luť")"}}},
      {"replace",
       {"text", "old", "new"},
       FlowRule::kWeakens,
       "With each `old` replaced by `new`, from left to right. `old` must not be empty.",
       {{{kText, kText, kText}, kText, Replace, WorkOfSearch}},
       {{R"(replace("a-b-c", "-", ""))", R"("abc")"}}},
      {"column",
       {"text", "separator", "index"},
       FlowRule::kWeakens,
       "Of the columns that the separator parts the text into, the one of this index, counted from "
       "0. It must be there.",
       {{{kText, kText, kInt}, kText, Column, WorkOfSearch}},
       {{R"(column("id\tkey", "\t", 1))", R"("key")"}}},
      {"group",
       {"text", "size", "separator"},
       FlowRule::kKeepsFirst,
       "With the separator behind each `size` characters, but not at the end.",
       {{{kText, kInt, kText}, kText, Group, WorkOfParting}},
       {{R"(group("0123456789ab", 2, ":"))", R"("01:23:45:67:89:ab")"}}},
      {"size",
       {"value"},
       FlowRule::kWeakens,
       "How many characters a text has, or how many bytes.",
       {{{kText}, kInt, Size}, {{kBytes}, kInt, Size}},
       {{R"(size("žluť"))", "4"}, {R"(size(bytes("žluť")))", "6"}}},
  };
}

}  // namespace sessionbroker::login
