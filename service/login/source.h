#ifndef SESSIONBROKER_SERVICE_LOGIN_SOURCE_H_
#define SESSIONBROKER_SERVICE_LOGIN_SOURCE_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/login/json_pointer.h"

namespace sessionbroker::login {

// Where in an answer a value stands. A value type.
class Source {
 public:
  enum class Kind { kJson, kStatus, kBody };

  // "json:POINTER", "status" or "body". INVALID_ARGUMENT names what was found and the nearest.
  static absl::StatusOr<Source> Parse(absl::string_view text);

  Kind kind() const { return kind_; }
  // With kJson.
  const JsonPath& path() const { return path_; }
  // As the definition writes it.
  const std::string& text() const { return text_; }

  friend bool operator==(const Source& a, const Source& b) { return a.text_ == b.text_; }

 private:
  Source(Kind kind, std::string text, JsonPath path)
      : kind_(kind), text_(std::move(text)), path_(std::move(path)) {}

  Kind kind_;
  std::string text_;
  JsonPath path_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_SOURCE_H_
