#include "service/login/expression/function_rows.h"
#include "service/login/expression/random_functions.h"

namespace sessionbroker::login {

std::vector<Function> RandomFunctions() {
  using enum Type;
  return {
      {"random_bytes",
       {"size"},
       FlowRule::kGenerates,
       "Random bytes, 8 to 256 of them, other ones each time.",
       {{{kInt}, kBytes, nullptr, nullptr, RandomBytes}},
       {{R"(size(random_bytes(16)))", "16"}, {R"(random_bytes(16) == random_bytes(16))", "false"}}},
      {"random_text",
       {"alphabet", "size"},
       FlowRule::kGenerates,
       "Random text of 8 to 256 characters, each as likely as the others; the alphabet has at "
       "least 10, none of them twice.",
       {{{kText, kInt}, kText, nullptr, nullptr, RandomText}},
       {{R"(int(random_text("0123456789", 9)) < 1000000000)", "true"}}},
      {"random_uuid",
       {},
       FlowRule::kGenerates,
       "A random UUID (RFC 9562, version 4).",
       {{{}, kText, nullptr, nullptr, RandomUuid}},
       {{R"(substring(random_uuid(), 14, 15))", R"("4")"}}},
  };
}

}  // namespace sessionbroker::login
