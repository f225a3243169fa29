#include "service/login/source.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace sessionbroker::login {

absl::StatusOr<Source> Source::Parse(absl::string_view text) {
  if (text == "status") return Source(Kind::kStatus, "status", {});
  if (text == "body") return Source(Kind::kBody, "body", {});
  absl::string_view pointer = text;
  if (!absl::ConsumePrefix(&pointer, "json:")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text, "\" is no source of an answer: expected json:POINTER, status or body"));
  }
  absl::StatusOr<JsonPath> path = ParseJsonPointer(pointer);
  if (!path.ok()) return path.status();
  return Source(Kind::kJson, std::string(text), *std::move(path));
}

}  // namespace sessionbroker::login
