#include "service/login/json_values.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::login {
namespace {

using Json = nlohmann::json;

// Follows the parser through the document and notes what stands at the wanted paths.
class Finder final : public nlohmann::json_sax<Json> {
 public:
  explicit Finder(absl::Span<const JsonPath* const> paths) : paths_(paths), found_(paths.size()) {}

  std::vector<std::optional<JsonValue>> TakeFound() { return std::move(found_); }
  bool too_deep() const { return too_deep_; }

  bool null() override { return Put(std::nullopt); }
  bool boolean(bool value) override {
    return Put(JsonValue{JsonValue::Kind::kBool, value ? "true" : "false"});
  }
  bool number_integer(int64_t value) override {
    return Put(JsonValue{JsonValue::Kind::kNumber, absl::StrCat(value)});
  }
  bool number_unsigned(uint64_t value) override {
    return Put(JsonValue{JsonValue::Kind::kNumber, absl::StrCat(value)});
  }
  bool number_float(double /*value*/, const std::string& text) override {
    return Put(JsonValue{JsonValue::Kind::kNumber, text});
  }
  bool string(std::string& text) override {
    return Put(JsonValue{JsonValue::Kind::kString, std::move(text)});
  }
  bool binary(Json::binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return Enter(/*array=*/false); }
  bool start_array(std::size_t /*size*/) override { return Enter(/*array=*/true); }
  bool key(std::string& name) override {
    place_.back().key = std::move(name);
    return true;
  }
  bool end_object() override { return Leave(); }
  bool end_array() override { return Leave(); }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const Json::exception& /*error*/) override {
    return false;
  }

 private:
  // One container around the current place, and where in it that is.
  struct Level {
    bool array = false;
    std::size_t next_index = 0;
    std::string key;
  };

  // A value begins at the current place.
  bool Put(const std::optional<JsonValue>& value) {
    if (!place_.empty() && place_.back().array) {
      place_.back().key = absl::StrCat(place_.back().next_index++);
    }
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      if (!IsAtOrAbove(*paths_[i])) continue;
      if (paths_[i]->size() == place_.size()) {
        found_[i] = value;
      } else {
        found_[i].reset();  // An equal key came before: what was under it does not count.
      }
    }
    return true;
  }

  // The current place is `path` or on the way to it.
  bool IsAtOrAbove(const JsonPath& path) const {
    if (path.size() < place_.size()) return false;
    for (std::size_t i = place_.size(); i > 0; --i) {
      if (place_[i - 1].key != path[i - 1]) return false;
    }
    return true;
  }

  bool Enter(bool array) {
    Put(JsonValue{JsonValue::Kind::kContainer, ""});
    too_deep_ = place_.size() >= kMaxJsonDepth;
    if (too_deep_) return false;
    place_.push_back(Level{array, 0, ""});
    return true;
  }

  bool Leave() {
    place_.pop_back();
    return true;
  }

  const absl::Span<const JsonPath* const> paths_;
  std::vector<std::optional<JsonValue>> found_;
  std::vector<Level> place_;
  bool too_deep_ = false;
};

}  // namespace

absl::StatusOr<std::vector<std::optional<JsonValue>>> FindJsonValues(
    absl::string_view document, absl::Span<const JsonPath* const> paths) {
  Finder finder(paths);
  bool complete = false;
  try {
    complete = Json::sax_parse(document.begin(), document.end(), &finder);
  } catch (const Json::exception&) {
    complete = false;
  }
  if (finder.too_deep()) {
    return absl::InvalidArgumentError(
        absl::StrCat("its JSON lies deeper than ", kMaxJsonDepth, " levels"));
  }
  if (!complete) return absl::InvalidArgumentError("it is not JSON");
  return finder.TakeFound();
}

}  // namespace sessionbroker::login
