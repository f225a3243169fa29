#include "tests/simulator/php_json.h"

#include "absl/strings/str_replace.h"

namespace sessionbroker::simulator {

std::string PhpJson(const nlohmann::ordered_json& value) {
  const std::string text = value.dump(/*indent=*/-1, /*indent_char=*/' ', /*ensure_ascii=*/true,
                                      nlohmann::ordered_json::error_handler_t::replace);
  // A slash can only stand inside a string, and the library never writes one in an escape.
  return absl::StrReplaceAll(text, {{"/", "\\/"}});
}

}  // namespace sessionbroker::simulator
