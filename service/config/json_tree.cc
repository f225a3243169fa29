#include "service/config/json_tree.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace sessionbroker::config {
namespace {

using Kind = YamlNode::Kind;

// Builds the tree as the parser goes. Containers under way are on a stack of their own, so that
// pointers into growing vectors are never kept.
class JsonTreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonTreeBuilder(int line) : position_{.line = line, .column = 0} {}

  bool null() override { return Put(Scalar(Kind::kNull, "null", false)); }
  bool boolean(bool value) override {
    return Put(Scalar(Kind::kScalar, value ? "true" : "false", false));
  }
  bool number_integer(number_integer_t value) override {
    return Put(Scalar(Kind::kScalar, absl::StrCat(value), false));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Put(Scalar(Kind::kScalar, absl::StrCat(value), false));
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return Put(Scalar(Kind::kScalar, text, false));
  }
  bool string(string_t& value) override {
    return Put(Scalar(Kind::kScalar, std::move(value), true));
  }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return Open(Kind::kMapping); }
  bool start_array(std::size_t /*elements*/) override { return Open(Kind::kSequence); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    std::vector<YamlMember>& members = open_.back().members;
    const bool is_known = std::any_of(members.begin(), members.end(),
                                      [&](const YamlMember& member) { return member.key == name; });
    if (is_known) return Fail("two members of one object have the same name");
    members.push_back({.key = std::move(name), .key_position = position_, .value = {}});
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    error_column_ = static_cast<int>(position);
    return Fail("expected a JSON object, found what is no JSON");
  }

  std::optional<YamlNode> root() && { return std::move(root_); }
  // Empty: there is none.
  const std::string& error() const { return error_; }
  Position error_position() const { return {.line = position_.line, .column = error_column_}; }

 private:
  YamlNode Scalar(Kind kind, std::string text, bool quoted) const {
    YamlNode node;
    node.kind = kind;
    node.position = position_;
    node.text = std::move(text);
    node.quoted = quoted;
    return node;
  }

  bool Open(Kind kind) {
    if (open_.size() == kMaxYamlDepth) return Fail("nested too deeply");
    open_.push_back(Scalar(kind, "", false));
    return true;
  }

  bool Close() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    return Put(std::move(node));
  }

  bool Put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().kind == Kind::kSequence) {
      open_.back().items.push_back(std::move(node));
    } else {
      open_.back().members.back().value = std::move(node);
    }
    return true;
  }

  bool Fail(const char* error) {
    error_ = error;
    return false;
  }

  const Position position_;
  std::vector<YamlNode> open_;
  std::optional<YamlNode> root_;
  std::string error_;
  int error_column_ = 0;
};

}  // namespace

std::optional<YamlNode> ParseJson(const std::string& file, int line, absl::string_view text,
                                  Diagnostics* diagnostics) {
  JsonTreeBuilder builder(line);
  const bool parsed = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  if (parsed) return std::move(builder).root();
  diagnostics->Add({file, builder.error_position(), "", builder.error()});
  return std::nullopt;
}

}  // namespace sessionbroker::config
