#include "service/calls/json_member.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/base/utf8.h"
#include "service/login/json_pointer.h"
#include "service/login/json_text.h"
#include "service/login/json_values.h"

namespace sessionbroker::calls {
namespace {

using login::JsonPath;
using secrets::WipedBytes;

// Walks through a document that is known to be JSON.
class Walker {
 public:
  explicit Walker(absl::string_view document) : text_(document) {}

  // Where the object at `path` begins.
  absl::StatusOr<std::size_t> FindObject(const JsonPath& path) {
    SkipSpace();
    for (const std::string& part : path) {
      const std::optional<std::size_t> next = text_[at_] == '{'   ? FindMember(part)
                                              : text_[at_] == '[' ? FindElement(part)
                                                                  : std::nullopt;
      if (ambiguous_)
        return absl::InvalidArgumentError(absl::StrCat("two members are called ", part));
      if (!next.has_value()) return NoObject();
      at_ = *next;
    }
    return text_[at_] == '{' ? absl::StatusOr<std::size_t>(at_) : NoObject();
  }

  // Whether the object that begins at `object` has this member; and whether it has any.
  bool HasMember(std::size_t object, const std::string& key) {
    at_ = object;
    return FindMember(key).has_value();
  }
  bool IsEmpty(std::size_t object) {
    at_ = object + 1;
    SkipSpace();
    return text_[at_] == '}';
  }

 private:
  static absl::Status NoObject() {
    return absl::InvalidArgumentError("there is no object for the member that must be added");
  }

  // Where the value of the member begins; stands at the object.
  std::optional<std::size_t> FindMember(const std::string& key) {
    std::optional<std::size_t> found;
    ++at_;
    for (SkipSpace(); text_[at_] != '}'; SkipSeparator()) {
      const std::size_t begin = at_;
      SkipString();
      const bool is_it =
          nlohmann::json::parse(text_.substr(begin, at_ - begin)).get<std::string>() == key;
      SkipSpace();
      ++at_;  // The colon.
      SkipSpace();
      ambiguous_ = ambiguous_ || (is_it && found.has_value());
      if (is_it) found = at_;
      SkipValue();
      SkipSpace();
    }
    return found;
  }

  std::optional<std::size_t> FindElement(const std::string& index) {
    std::size_t i = 0;
    ++at_;
    for (SkipSpace(); text_[at_] != ']'; SkipSeparator()) {
      if (absl::StrCat(i++) == index) return at_;
      SkipValue();
      SkipSpace();
    }
    return std::nullopt;
  }

  void SkipSpace() {
    while (at_ < text_.size() && absl::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  void SkipSeparator() {
    if (text_[at_] == ',') ++at_;
    SkipSpace();
  }

  void SkipString() {
    for (++at_; text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  void SkipValue() {
    int depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        SkipString();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      const bool scalar = depth == 0 && c != '}' && c != ']';
      ++at_;
      if (scalar) SkipScalar();
    } while (depth > 0);
  }

  // A number, true, false or null, but for its first character.
  void SkipScalar() {
    while (at_ < text_.size() && absl::string_view(" \t\r\n,]}").find(text_[at_]) == text_.npos) {
      ++at_;
    }
  }

  const absl::string_view text_;
  std::size_t at_ = 0;
  bool ambiguous_ = false;
};

}  // namespace

absl::StatusOr<WipedBytes> WithMember(absl::string_view document, absl::string_view pointer,
                                      absl::string_view value) {
  // Finds nothing, but tells whether it is JSON.
  SB_RETURN_IF_ERROR(login::FindJsonValues(document, {}).status());
  if (!base::IsValidUtf8(pointer)) return absl::InvalidArgumentError("the pointer is not UTF-8");
  SB_ASSIGN_OR_RETURN(JsonPath path, login::ParseJsonPointer(pointer));
  if (path.empty()) return absl::InvalidArgumentError("the whole document is no member");
  const std::string key = path.back();
  path.pop_back();
  Walker walker(document);
  SB_ASSIGN_OR_RETURN(const std::size_t object, walker.FindObject(path));
  if (walker.HasMember(object, key)) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has a member ", pointer, ", which the broker adds; leave it out"));
  }
  WipedBytes out;
  secrets::Append(document.substr(0, object + 1), out);
  login::AppendJsonString(key, out);
  out.push_back(':');
  login::AppendJsonString(value, out);
  if (!walker.IsEmpty(object)) out.push_back(',');
  secrets::Append(document.substr(object + 1), out);
  return out;
}

}  // namespace sessionbroker::calls
