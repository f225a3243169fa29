#include "service/login/request_builder.h"

#include <openssl/crypto.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/base/utf8.h"
#include "service/http/url.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {
namespace {

using secrets::WipedBytes;

void Append(absl::string_view text, WipedBytes& out) {
  out.insert(out.end(), text.begin(), text.end());
}

// For encoders that return a string: what they leave behind is wiped.
void AppendAndWipe(std::string text, WipedBytes& out) {
  Append(text, out);
  OPENSSL_cleanse(text.data(), text.size());
}

std::string ToString(const WipedBytes& bytes) { return std::string(bytes.data(), bytes.size()); }

// Of text, int or bool; nothing else compiles in a request.
WipedBytes TextOf(const Value& value) {
  WipedBytes out;
  switch (value.type()) {
    case Type::kInt:
      Append(absl::StrCat(value.int_value()), out);
      break;
    case Type::kBool:
      Append(value.bool_value() ? "true" : "false", out);
      break;
    default:
      Append(value.text(), out);
      break;
  }
  return out;
}

absl::string_view View(const WipedBytes& bytes) {
  return absl::string_view(bytes.data(), bytes.size());
}

// Evaluates templates for one request.
class Builder {
 public:
  Builder(const Bindings& bindings, std::vector<SensitiveValue>* sent)
      : bindings_(bindings), sent_(sent) {}

  // Errors name `place`.
  absl::StatusOr<Value> Evaluate(const Expression& expression, absl::string_view place) {
    absl::StatusOr<Value> value = expression.Evaluate(bindings_);
    if (!value.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(place, ": ", value.status().message()));
    }
    if (expression.taint() >= Taint::kSealed) {
      sent_->push_back(SensitiveValue{expression.taint(), *value});
    }
    return value;
  }

  // Literals and values in one text.
  absl::StatusOr<WipedBytes> EvaluateText(const Template& text, absl::string_view place) {
    WipedBytes out;
    for (const Template::Part& part : text.parts()) {
      if (part.expression == nullptr) {
        Append(part.literal, out);
        continue;
      }
      SB_ASSIGN_OR_RETURN(const Value value, Evaluate(*part.expression, place));
      Append(View(TextOf(value)), out);
    }
    return out;
  }

  absl::Status AppendPath(const Template& path, WipedBytes& out) {
    for (const Template::Part& part : path.parts()) {
      if (part.expression == nullptr) {
        Append(part.literal, out);
        continue;
      }
      SB_ASSIGN_OR_RETURN(const Value value, Evaluate(*part.expression, "path"));
      absl::StatusOr<std::string> segment = http::EncodePathSegment(View(TextOf(value)));
      if (!segment.ok()) {
        return absl::InvalidArgumentError(
            "path: a value is empty, \".\" or \"..\", which servers read as another path");
      }
      AppendAndWipe(*std::move(segment), out);
    }
    return absl::OkStatus();
  }

  using Encode = std::string (*)(absl::string_view);
  // "name=value&…"
  absl::Status AppendParameters(const std::vector<NamedTemplate>& parameters,
                                absl::string_view place, Encode encode, WipedBytes& out) {
    bool first = true;
    for (const NamedTemplate& parameter : parameters) {
      if (!first) out.push_back('&');
      first = false;
      Append(encode(parameter.name), out);
      out.push_back('=');
      SB_ASSIGN_OR_RETURN(const WipedBytes value,
                          EvaluateText(parameter.value, absl::StrCat(place, ".", parameter.name)));
      AppendAndWipe(encode(View(value)), out);
    }
    return absl::OkStatus();
  }

  absl::Status AddHeaders(const std::vector<NamedTemplate>& headers, http::Request& request) {
    for (const NamedTemplate& header : headers) {
      const std::string place = absl::StrCat("headers.", header.name);
      SB_ASSIGN_OR_RETURN(const WipedBytes value, EvaluateText(header.value, place));
      if (View(value).find_first_of(absl::string_view("\r\n\0", 3)) != absl::string_view::npos) {
        return absl::InvalidArgumentError(
            absl::StrCat(place, ": the value has a line break or NUL in it"));
      }
      request.headers.push_back(http::Header{header.name, ToString(value)});
    }
    return absl::OkStatus();
  }

  absl::Status AppendJson(const JsonTemplate& json, const std::string& place, WipedBytes& out) {
    switch (json.kind) {
      case JsonTemplate::Kind::kLiteral:
        Append(json.literal, out);
        return absl::OkStatus();
      case JsonTemplate::Kind::kText:
        return AppendJsonText(json.text, place, out);
      case JsonTemplate::Kind::kArray:
      case JsonTemplate::Kind::kObject:
        break;
    }
    const bool is_object = json.kind == JsonTemplate::Kind::kObject;
    out.push_back(is_object ? '{' : '[');
    for (std::size_t i = 0; i < json.children.size(); ++i) {
      const JsonTemplate& child = json.children[i];
      if (i > 0) out.push_back(',');
      if (is_object) {
        SB_RETURN_IF_ERROR(AppendJsonString(child.key, place, out));
        out.push_back(':');
      }
      const std::string below = absl::StrCat(place, "/", is_object ? child.key : absl::StrCat(i));
      SB_RETURN_IF_ERROR(AppendJson(child, below, out));
    }
    out.push_back(is_object ? '}' : ']');
    return absl::OkStatus();
  }

 private:
  absl::Status AppendJsonText(const Template& text, const std::string& place, WipedBytes& out) {
    if (text.is_single_expression() && text.type() != Type::kText) {
      SB_ASSIGN_OR_RETURN(const Value value, Evaluate(*text.parts()[0].expression, place));
      Append(View(TextOf(value)), out);
      return absl::OkStatus();
    }
    SB_ASSIGN_OR_RETURN(const WipedBytes value, EvaluateText(text, place));
    return AppendJsonString(View(value), place, out);
  }

  static absl::Status AppendJsonString(absl::string_view text, absl::string_view place,
                                       WipedBytes& out) {
    if (!base::IsValidUtf8(text)) {
      return absl::InvalidArgumentError(
          absl::StrCat(place, ": the value is not UTF-8, as JSON must be"));
    }
    constexpr char kHex[] = "0123456789abcdef";
    out.push_back('"');
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
      } else if (byte < 0x20) {
        Append("\\u00", out);
        out.push_back(kHex[byte >> 4]);
        out.push_back(kHex[byte & 0xF]);
      } else {
        out.push_back(c);
      }
    }
    out.push_back('"');
    return absl::OkStatus();
  }

  const Bindings& bindings_;
  std::vector<SensitiveValue>* const sent_;
};

// Adds Content-Type unless the definition has set it.
void AddContentType(absl::string_view type, http::Request& request) {
  for (const http::Header& header : request.headers) {
    if (absl::EqualsIgnoreCase(header.name, "Content-Type")) return;
  }
  request.headers.push_back(http::Header{"Content-Type", std::string(type)});
}

}  // namespace

absl::StatusOr<http::Request> BuildRequest(const RequestTemplate& request,
                                           absl::string_view base_url, const Bindings& bindings,
                                           std::vector<SensitiveValue>* sent) {
  Builder builder(bindings, sent);
  http::Request out;
  out.method = request.method;
  WipedBytes url;
  Append(base_url, url);
  SB_RETURN_IF_ERROR(builder.AppendPath(request.path, url));
  if (!request.query.empty()) {
    url.push_back('?');
    SB_RETURN_IF_ERROR(
        builder.AppendParameters(request.query, "query", http::EncodeQueryComponent, url));
  }
  out.url = ToString(url);
  SB_RETURN_IF_ERROR(builder.AddHeaders(request.headers, out));
  WipedBytes body;
  if (const auto* form = std::get_if<std::vector<NamedTemplate>>(&request.body)) {
    SB_RETURN_IF_ERROR(builder.AppendParameters(*form, "form", http::EncodeFormComponent, body));
    AddContentType("application/x-www-form-urlencoded", out);
  } else if (const auto* json = std::get_if<JsonTemplate>(&request.body)) {
    SB_RETURN_IF_ERROR(builder.AppendJson(*json, "json", body));
    AddContentType("application/json", out);
  }
  out.body = ToString(body);
  return out;
}

absl::StatusOr<std::string> BuildPath(const Template& path, const Bindings& bindings) {
  std::vector<SensitiveValue> sent;
  WipedBytes out;
  SB_RETURN_IF_ERROR(Builder(bindings, &sent).AppendPath(path, out));
  return ToString(out);
}

}  // namespace sessionbroker::login
