#include "service/login/xml_values.h"

#include <algorithm>
#include <pugixml.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/base/status_macros.h"

namespace sessionbroker::login {
namespace {

constexpr int kMaxIndex = 1000000;

absl::Status Bad(absl::string_view path, const char* what) {
  return absl::InvalidArgumentError(absl::StrCat("\"", path, "\" is no XML path: ", what));
}

// Takes what stands before the next "/", "[" or the end.
absl::StatusOr<XmlName> TakeName(absl::string_view path, absl::string_view* rest) {
  XmlName name;
  if (absl::ConsumePrefix(rest, "{")) {
    const std::size_t end = rest->find('}');
    if (end == absl::string_view::npos) return Bad(path, "\"{\" without its \"}\"");
    name.uri = std::string(rest->substr(0, end));
    rest->remove_prefix(end + 1);
  }
  const std::size_t end = std::min(rest->find_first_of("/["), rest->size());
  name.local = std::string(rest->substr(0, end));
  rest->remove_prefix(end);
  if (name.local.empty()) return Bad(path, "a name is missing");
  if (name.local.find_first_of(":@{}]\"' ") != std::string::npos) {
    return Bad(path, "a name stands without its prefix, a namespace in braces before it");
  }
  return name;
}

absl::string_view LocalPart(absl::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == absl::string_view::npos ? name : name.substr(colon + 1);
}

// What `xmlns:PREFIX`, or `xmlns` for "", stands for at `node`; "" where nothing says it.
absl::string_view NamespaceAt(pugi::xml_node node, absl::string_view prefix) {
  const std::string wanted = prefix.empty() ? "xmlns" : absl::StrCat("xmlns:", prefix);
  for (; node; node = node.parent()) {
    if (const pugi::xml_attribute found = node.attribute(wanted.c_str())) return found.value();
  }
  return "";
}

bool Matches(const XmlName& wanted, absl::string_view actual, pugi::xml_node scope,
             bool is_attribute) {
  if (LocalPart(actual) != wanted.local) return false;
  if (!wanted.uri.has_value()) return true;
  const std::size_t colon = actual.find(':');
  const absl::string_view prefix =
      colon == absl::string_view::npos ? absl::string_view() : actual.substr(0, colon);
  // The default namespace is not that of attributes.
  if (is_attribute && prefix.empty()) return wanted.uri->empty();
  return NamespaceAt(scope, prefix) == *wanted.uri;
}

pugi::xml_node Follow(pugi::xml_node from, const XmlPath::Step& step) {
  int seen = 0;
  for (const pugi::xml_node child : from.children()) {
    if (child.type() != pugi::node_element) continue;
    if (Matches(step.name, child.name(), child, /*is_attribute=*/false) && ++seen == step.index) {
      return child;
    }
  }
  return pugi::xml_node();
}

JsonValue ValueOf(pugi::xml_node element) {
  JsonValue value{JsonValue::Kind::kString, ""};
  for (const pugi::xml_node child : element.children()) {
    if (child.type() == pugi::node_element) return JsonValue{JsonValue::Kind::kContainer, ""};
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      value.text += child.value();
    }
  }
  return value;
}

std::optional<JsonValue> Find(const pugi::xml_document& document, const XmlPath& path) {
  pugi::xml_node node = document;
  for (const XmlPath::Step& step : path.steps) {
    node = Follow(node, step);
    if (!node) return std::nullopt;
  }
  if (!path.attribute.has_value()) return ValueOf(node);
  for (const pugi::xml_attribute attribute : node.attributes()) {
    if (Matches(*path.attribute, attribute.name(), node, /*is_attribute=*/true)) {
      return JsonValue{JsonValue::Kind::kString, attribute.value()};
    }
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<XmlPath> ParseXmlPath(absl::string_view text) {
  XmlPath path;
  absl::string_view rest = text;
  while (!rest.empty()) {
    if (!absl::ConsumePrefix(&rest, "/")) return Bad(text, "expected \"/\" before each name");
    if (path.attribute.has_value()) return Bad(text, "nothing comes after an attribute");
    if (absl::ConsumePrefix(&rest, "@")) {
      SB_ASSIGN_OR_RETURN(path.attribute, TakeName(text, &rest));
      if (!rest.empty() && rest.front() == '[') return Bad(text, "an attribute has no index");
      continue;
    }
    XmlPath::Step step;
    SB_ASSIGN_OR_RETURN(step.name, TakeName(text, &rest));
    if (absl::ConsumePrefix(&rest, "[")) {
      const std::size_t end = rest.find(']');
      if (end == absl::string_view::npos || !absl::SimpleAtoi(rest.substr(0, end), &step.index) ||
          step.index < 1 || step.index > kMaxIndex) {
        return Bad(text, "an index is a number from 1 on, in brackets");
      }
      rest.remove_prefix(end + 1);
    }
    path.steps.push_back(std::move(step));
  }
  if (path.steps.empty()) return Bad(text, "expected /NAME/NAME or /NAME/@NAME");
  return path;
}

absl::StatusOr<std::vector<std::optional<JsonValue>>> FindXmlValues(
    absl::string_view document, absl::Span<const XmlPath* const> paths) {
  pugi::xml_document parsed;
  const pugi::xml_parse_result result =
      parsed.load_buffer(document.data(), document.size(), pugi::parse_default);
  if (!result) return absl::InvalidArgumentError("it is not XML");
  std::vector<std::optional<JsonValue>> found;
  for (const XmlPath* path : paths) found.push_back(Find(parsed, *path));
  return found;
}

}  // namespace sessionbroker::login
