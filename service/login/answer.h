#ifndef SESSIONBROKER_SERVICE_LOGIN_ANSWER_H_
#define SESSIONBROKER_SERVICE_LOGIN_ANSWER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/http/message.h"
#include "service/login/json_values.h"
#include "service/login/source.h"

namespace sessionbroker::login {

// A provider's answer as rules and extraction read it: the values that a step's sources name, found
// in one pass.
class Answer {
 public:
  // A JSON body is parsed only where a source needs it. `sources` must outlive the answer.
  static Answer Read(const http::Response& response, absl::Span<const Source> sources);

  // The value of a source that Read was given; nullptr: not there. Status is a number, the body a
  // string.
  const JsonValue* Find(const Source& source) const;

  int status() const { return status_; }
  // Why no JSON source has a value, e.g. "it is not JSON"; empty: the body is JSON or nobody asked.
  const std::string& json_error() const { return json_error_; }

 private:
  explicit Answer(absl::Span<const Source> sources) : sources_(sources), values_(sources.size()) {}

  absl::Span<const Source> sources_;
  // One for each source.
  std::vector<std::optional<JsonValue>> values_;
  int status_ = 0;
  std::string json_error_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ANSWER_H_
