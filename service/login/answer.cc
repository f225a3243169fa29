#include "service/login/answer.h"

#include <re2/re2.h>

#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/login/auth_challenge.h"
#include "service/login/set_cookie.h"

namespace sessionbroker::login {
namespace {

using Kind = Selector::Kind;

JsonValue Text(std::string text) { return {JsonValue::Kind::kString, std::move(text)}; }
JsonValue Number(int64_t number) { return {JsonValue::Kind::kNumber, absl::StrCat(number)}; }

std::optional<JsonValue> FindRegex(const RE2& regex, absl::string_view text) {
  re2::StringPiece group;
  if (!RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex, &group) ||
      group.data() == nullptr) {
    return std::nullopt;
  }
  return Text(std::string(group.data(), group.size()));
}

// The first, and only, of what was found.
std::optional<JsonValue> Only(absl::StatusOr<std::vector<std::optional<JsonValue>>> found) {
  if (!found.ok()) return std::nullopt;
  return std::move((*found)[0]);
}

std::optional<JsonValue> Select(const Selector& selector, absl::string_view text) {
  switch (selector.kind) {
    case Kind::kJson:
      return Only(FindJsonValues(text, {&selector.json}));
    case Kind::kXml:
      return Only(FindXmlValues(text, {&selector.xml}));
    case Kind::kRegex:
      return FindRegex(*selector.regex, text);
    default:
      return std::nullopt;
  }
}

std::optional<JsonValue> FindHeader(const Selector& selector, const http::Response& response) {
  const std::string* header = response.FindHeader(selector.name);
  if (header == nullptr) return std::nullopt;
  return Text(*header);
}

std::optional<JsonValue> FindCookie(const Selector& selector, const http::Response& response) {
  std::optional<SetCookie> found;
  for (const http::Header& header : response.headers) {
    if (!absl::EqualsIgnoreCase(header.name, "Set-Cookie")) continue;
    std::optional<SetCookie> cookie = ParseSetCookie(header.value);
    if (cookie.has_value() && cookie->name == selector.name) found = std::move(cookie);
  }
  if (!found.has_value()) return std::nullopt;
  if (selector.attribute.empty()) return Text(std::move(found->value));
  if (selector.attribute == "max-age") {
    if (!found->max_age.has_value()) return std::nullopt;
    return Number(*found->max_age);
  }
  if (!found->expires.has_value()) return std::nullopt;
  return Number(absl::ToUnixSeconds(*found->expires));
}

std::optional<JsonValue> FindAuth(const Selector& selector, const http::Response& response) {
  for (const http::Header& header : response.headers) {
    if (!absl::EqualsIgnoreCase(header.name, "WWW-Authenticate")) continue;
    for (const AuthChallenge& challenge : ParseAuthChallenges(header.value)) {
      if (!absl::EqualsIgnoreCase(challenge.scheme, selector.name)) continue;
      for (const auto& [name, value] : challenge.parameters) {
        if (absl::EqualsIgnoreCase(name, selector.attribute)) return Text(value);
      }
    }
  }
  return std::nullopt;
}

// What all but JSON and XML, which share their parsing, find.
std::optional<JsonValue> SelectFrom(const Selector& selector, const http::Response& response) {
  switch (selector.kind) {
    case Kind::kStatus:
      return Number(response.status);
    case Kind::kBody:
      return Text(response.body);
    case Kind::kRegex:
      return FindRegex(*selector.regex, response.body);
    case Kind::kHeader:
      return FindHeader(selector, response);
    case Kind::kCookie:
      return FindCookie(selector, response);
    case Kind::kAuth:
      return FindAuth(selector, response);
    case Kind::kJson:
    case Kind::kXml:
      break;
  }
  return std::nullopt;
}

// Lets all selectors but the first look on.
std::optional<JsonValue> Descend(const Source& source, std::optional<JsonValue> value) {
  for (std::size_t i = 1; i < source.selectors().size() && value.has_value(); ++i) {
    value = Select(source.selectors()[i], value->text);
  }
  return value;
}

}  // namespace

Answer Answer::Read(const http::Response& response, absl::Span<const Source> sources) {
  Answer answer(sources);
  answer.status_ = response.status;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    answer.values_[i] = SelectFrom(sources[i].selectors()[0], response);
  }
  answer.FindInJson(response);
  answer.FindInXml(response);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    answer.values_[i] = Descend(sources[i], std::move(answer.values_[i]));
  }
  return answer;
}

void Answer::FindInJson(const http::Response& response) {
  std::vector<const JsonPath*> paths;
  std::vector<std::size_t> owners;  // The source of each path.
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].selectors()[0].kind != Kind::kJson) continue;
    paths.push_back(&sources_[i].selectors()[0].json);
    owners.push_back(i);
  }
  if (paths.empty()) return;
  auto found = FindJsonValues(response.body, paths);
  if (!found.ok()) parse_error_ = std::string(found.status().message());
  for (std::size_t i = 0; found.ok() && i < owners.size(); ++i) {
    values_[owners[i]] = std::move((*found)[i]);
  }
}

void Answer::FindInXml(const http::Response& response) {
  std::vector<const XmlPath*> paths;
  std::vector<std::size_t> owners;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].selectors()[0].kind != Kind::kXml) continue;
    paths.push_back(&sources_[i].selectors()[0].xml);
    owners.push_back(i);
  }
  if (paths.empty()) return;
  auto found = FindXmlValues(response.body, paths);
  if (!found.ok() && parse_error_.empty()) parse_error_ = std::string(found.status().message());
  for (std::size_t i = 0; found.ok() && i < owners.size(); ++i) {
    values_[owners[i]] = std::move((*found)[i]);
  }
}

const JsonValue* Answer::Find(const Source& source) const {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i] == source) return values_[i].has_value() ? &*values_[i] : nullptr;
  }
  return nullptr;
}

std::optional<JsonValue> FindInText(const Source& source, absl::string_view text) {
  return Descend(source, Select(source.selectors()[0], text));
}

}  // namespace sessionbroker::login
