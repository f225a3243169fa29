#ifndef SESSIONBROKER_SERVICE_LOGIN_SOURCE_H_
#define SESSIONBROKER_SERVICE_LOGIN_SOURCE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/login/json_pointer.h"
#include "service/login/xml_values.h"

namespace re2 {
class RE2;
}

namespace sessionbroker::login {

// One step of a source: looks in an answer, or in a text.
struct Selector {
  enum class Kind { kJson, kXml, kRegex, kHeader, kCookie, kAuth, kStatus, kBody };

  // Looks in a text, whatever the text is of.
  bool is_of_text() const {
    return kind == Kind::kJson || kind == Kind::kXml || kind == Kind::kRegex;
  }

  Kind kind = Kind::kBody;
  // With kJson.
  JsonPath json;
  // With kXml.
  XmlPath xml;
  // With kRegex; has one group. Thread-safe.
  std::shared_ptr<const re2::RE2> regex;
  // With kHeader and kCookie: which. With kAuth: the scheme.
  std::string name;
  // With kCookie "", "max-age" or "expires". With kAuth: the parameter.
  std::string attribute;
};

// Where in an answer a value stands. An immutable value, cheap enough to copy.
class Source {
 public:
  // "json:POINTER", "xml:PATH", "regex:PATTERN", "header:NAME", "cookie:NAME[;max-age|;expires]",
  // "auth:SCHEME.PARAM", "status", "body"; and "SOURCE -> SOURCE", where all but the first look in
  // a text. INVALID_ARGUMENT names what was found and what was expected.
  static absl::StatusOr<Source> Parse(absl::string_view text);

  // At least one. The first looks in the answer, or in its body, each other in what the one before
  // has found.
  const std::vector<Selector>& selectors() const { return selectors_; }
  // Can look in a text instead of an answer.
  bool is_of_text() const { return selectors_[0].is_of_text(); }
  // What it finds is new with each login, as far as one can know: not so the HTTP status or a
  // cookie's life.
  bool is_fresh() const;
  // As the definition writes it.
  const std::string& text() const { return text_; }

  friend bool operator==(const Source& a, const Source& b) { return a.text_ == b.text_; }

 private:
  Source(std::string text, std::vector<Selector> selectors)
      : text_(std::move(text)), selectors_(std::move(selectors)) {}

  std::string text_;
  std::vector<Selector> selectors_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_SOURCE_H_
