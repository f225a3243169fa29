#include "tests/simulator/tipmoto_document.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/php_json.h"

namespace sessionbroker::simulator {
namespace {

using Json = nlohmann::ordered_json;

std::optional<Params> ParseJson(absl::string_view text) {
  const Json document = Json::parse(text.begin(), text.end(), /*cb=*/nullptr,
                                    /*allow_exceptions=*/false);
  if (!document.is_object() || document.size() != 1 || !document.contains("tipmoto") ||
      !document["tipmoto"].is_object()) {
    return std::nullopt;
  }
  Params members;
  for (const auto& [name, value] : document["tipmoto"].items()) {
    if (!value.is_string()) return std::nullopt;
    members.Add(name, value.get<std::string>());
  }
  return members;
}

std::string EscapeXml(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

// The five named entities; any other ampersand is a mistake.
std::optional<std::string> UnescapeXml(absl::string_view text) {
  constexpr std::pair<const char*, char> kEntities[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  std::string plain;
  while (!text.empty()) {
    char character = text[0];
    if (character != '&') {
      text.remove_prefix(1);
    } else {
      bool known = false;
      for (const auto& [entity, stands_for] : kEntities) {
        if (known || !absl::ConsumePrefix(&text, entity)) continue;
        known = true;
        character = stands_for;
      }
      if (!known) return std::nullopt;
    }
    plain.push_back(character);
  }
  return plain;
}

// <tipmoto><a>…</a><b>…</b></tipmoto>, perhaps with a declaration and white space around elements.
std::optional<Params> ParseXml(absl::string_view text) {
  const auto skip_space = [&] { text = absl::StripLeadingAsciiWhitespace(text); };
  if (absl::ConsumePrefix(&text, "<?xml ")) {
    const size_t end = text.find("?>");
    if (end == absl::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 2);
  }
  skip_space();
  if (!absl::ConsumePrefix(&text, "<tipmoto>")) return std::nullopt;
  Params members;
  skip_space();
  while (!absl::ConsumePrefix(&text, "</tipmoto>")) {
    const size_t name_end = text.find('>');
    if (!absl::ConsumePrefix(&text, "<") || name_end == absl::string_view::npos) {
      return std::nullopt;
    }
    const std::string name(text.substr(0, name_end - 1));
    text.remove_prefix(name_end);
    const size_t value_end = text.find('<');
    if (value_end == absl::string_view::npos) return std::nullopt;
    const std::optional<std::string> value = UnescapeXml(text.substr(0, value_end));
    text.remove_prefix(value_end);
    if (!value || !absl::ConsumePrefix(&text, absl::StrCat("</", name, ">"))) return std::nullopt;
    members.Add(name, *value);
    skip_space();
  }
  skip_space();
  if (!text.empty()) return std::nullopt;
  return members;
}

}  // namespace

std::optional<TipmotoFormat> TipmotoFormatOf(absl::string_view extension) {
  if (extension == "json") return TipmotoFormat::kJson;
  if (extension == "xml") return TipmotoFormat::kXml;
  if (extension == "html") return TipmotoFormat::kHtml;
  return std::nullopt;
}

std::string ContentTypeOf(TipmotoFormat format) {
  switch (format) {
    case TipmotoFormat::kJson:
      return "application/json; charset=utf-8";
    case TipmotoFormat::kXml:
      return "text/xml; charset=utf-8";
    case TipmotoFormat::kHtml:
      break;
  }
  return "text/html; charset=utf-8";
}

std::optional<Params> ParseTipmoto(TipmotoFormat format, absl::string_view text) {
  if (format == TipmotoFormat::kJson) return ParseJson(text);
  if (format == TipmotoFormat::kXml) return ParseXml(text);
  return std::nullopt;
}

std::string WriteTipmoto(TipmotoFormat format, const Pairs& members) {
  if (format == TipmotoFormat::kJson) {
    Json object = Json::object();
    for (const auto& [name, value] : members) object[name] = value;
    return PhpJson({{"tipmoto", object}});
  }
  if (format == TipmotoFormat::kHtml) {
    return absl::StrJoin(members, "\t",
                         [](std::string* out, const auto& member) { out->append(member.second); });
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<tipmoto>\n";
  for (const auto& [name, value] : members) {
    absl::StrAppend(&text, "  <", name, ">", EscapeXml(value), "</", name, ">\n");
  }
  return absl::StrCat(text, "</tipmoto>\n");
}

std::string WriteTipmotoError(TipmotoFormat format, const std::string& message) {
  if (format == TipmotoFormat::kJson) {
    return PhpJson({{"tipmoto", {{"chyby", {{"chyba", message}}}}}});
  }
  if (format == TipmotoFormat::kHtml) return message;
  return absl::StrCat("<tipmoto><chyby><chyba>", EscapeXml(message), "</chyba></chyby></tipmoto>");
}

}  // namespace sessionbroker::simulator
