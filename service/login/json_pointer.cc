#include "service/login/json_pointer.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace sessionbroker::login {
namespace {

absl::StatusOr<std::string> Unescape(absl::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out.push_back(token[i]);
    } else if (i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      out.push_back(token[++i] == '0' ? '~' : '/');
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("in the JSON pointer segment \"", token,
                       "\" a \"~\" is not followed by 0 or 1: write \"~0\" for \"~\""));
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<JsonPath> ParseJsonPointer(absl::string_view text) {
  JsonPath path;
  if (text.empty()) return path;
  if (text.front() != '/') {
    return absl::InvalidArgumentError(
        absl::StrCat("the JSON pointer \"", text, "\" does not begin with \"/\""));
  }
  for (absl::string_view token : absl::StrSplit(text.substr(1), '/')) {
    absl::StatusOr<std::string> key = Unescape(token);
    if (!key.ok()) return key.status();
    path.push_back(*std::move(key));
  }
  return path;
}

}  // namespace sessionbroker::login
