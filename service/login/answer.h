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
  // The body is parsed as JSON or XML only where a source needs it. `sources` must outlive the
  // answer.
  static Answer Read(const http::Response& response, absl::Span<const Source> sources);

  // The value of a source that Read was given; nullptr: not there. Status and a cookie's attributes
  // are numbers (an expiry in Unix seconds); of several headers of one name the first counts, of
  // cookies the last.
  const JsonValue* Find(const Source& source) const;

  int status() const { return status_; }
  // Why no JSON, or no XML, source has a value, e.g. "it is not JSON"; empty: the body is what was
  // asked for, or nobody asked.
  const std::string& parse_error() const { return parse_error_; }

 private:
  explicit Answer(absl::Span<const Source> sources) : sources_(sources), values_(sources.size()) {}

  // Both for all sources that begin so.
  void FindInJson(const http::Response& response);
  void FindInXml(const http::Response& response);

  absl::Span<const Source> sources_;
  // One for each source.
  std::vector<std::optional<JsonValue>> values_;
  int status_ = 0;
  std::string parse_error_;
};

// What a source finds in a text. Requires source.is_of_text().
std::optional<JsonValue> FindInText(const Source& source, absl::string_view text);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ANSWER_H_
