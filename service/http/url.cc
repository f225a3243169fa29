#include "service/http/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "service/base/status_macros.h"
#include "service/http/address_class.h"

namespace sessionbroker::http {
namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 §2.3.4
constexpr std::size_t kMaxLabelBytes = 63;

template <typename... Parts>
absl::Status Bad(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat("URL: ", parts...));
}

uint16_t DefaultPort(absl::string_view scheme) { return scheme == "https" ? 443 : 80; }

absl::Status CheckBytes(absl::string_view url) {
  for (std::size_t i = 0; i < url.size(); ++i) {
    const unsigned char c = url[i];
    if (c <= 0x20 || c >= 0x7f) {
      return Bad(absl::StrFormat("has byte 0x%02x at offset %d, which must be percent-encoded",
                                 static_cast<unsigned>(c), i));
    }
  }
  return absl::OkStatus();
}

// The canonical text of a bracketed IPv6 literal.
absl::StatusOr<std::string> CheckIpv6(absl::string_view host) {
  in6_addr address;
  char text[INET6_ADDRSTRLEN];
  if (host.size() < 2 || host.back() != ']' ||
      inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &address) != 1 ||
      inet_ntop(AF_INET6, &address, text, sizeof(text)) == nullptr) {
    return Bad("host '", host, "' is not an IPv6 address in brackets");
  }
  return absl::StrCat("[", text, "]");
}

bool IsNumber(absl::string_view label) {
  if (absl::StartsWith(label, "0x")) return true;
  for (const char c : label) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return !label.empty();
}

absl::Status CheckName(absl::string_view host) {
  if (host.size() > kMaxHostBytes) {
    return Bad("host has ", host.size(), " bytes, at most ", kMaxHostBytes, " are allowed");
  }
  const std::vector<absl::string_view> labels = absl::StrSplit(host, '.');
  for (const absl::string_view label : labels) {
    if (label.empty()) return Bad("host '", host, "' has an empty label");
    if (label.size() > kMaxLabelBytes) {
      return Bad("host '", host, "' has a label of ", label.size(), " bytes, at most ",
                 kMaxLabelBytes, " are allowed");
    }
    for (const char c : label) {
      if (!absl::ascii_isalnum(c) && c != '-' && c != '_') {
        return Bad("host '", host, "' has a character other than letters, digits, '-', '_', '.'");
      }
    }
  }
  // getaddrinfo reads "127.1", "0x7f.1" and "2130706433" as addresses.
  in_addr ignored;
  if (IsNumber(labels.back()) && inet_pton(AF_INET, std::string(host).c_str(), &ignored) != 1) {
    return Bad("host '", host, "' ends in a number but is not a dotted IPv4 address");
  }
  return absl::OkStatus();
}

absl::StatusOr<uint16_t> ParsePort(absl::string_view text) {
  bool digits = !text.empty();
  for (const char c : text) digits = digits && absl::ascii_isdigit(c);
  // Not shown: in "https://user:pass/word@host" it is a part of the password.
  if (!digits) return Bad("port is not a number");
  uint32_t port = 0;
  if (!absl::SimpleAtoi(text, &port) || port < 1 || port > 65535) {
    return Bad("port is ", text, ", must be 1 to 65535");
  }
  return static_cast<uint16_t>(port);
}

absl::StatusOr<Origin> ParseAuthority(absl::string_view scheme, absl::string_view authority) {
  if (absl::StrContains(authority, '@')) return Bad("has user information, which is not allowed");
  Origin origin;
  origin.scheme = std::string(scheme);
  origin.port = DefaultPort(scheme);

  const bool bracketed = absl::StartsWith(authority, "[");
  const std::size_t colon = authority.find(':', bracketed ? authority.find(']') : 0);
  const std::string host = absl::AsciiStrToLower(authority.substr(0, colon));
  if (host.empty()) return Bad("has no host");
  if (colon != absl::string_view::npos) {
    SB_ASSIGN_OR_RETURN(origin.port, ParsePort(authority.substr(colon + 1)));
  }
  if (bracketed) {
    SB_ASSIGN_OR_RETURN(origin.host, CheckIpv6(host));
  } else {
    SB_RETURN_IF_ERROR(CheckName(host));
    origin.host = host;
  }
  return origin;
}

struct Parts {
  Origin origin;
  // Path, query and fragment.
  absl::string_view rest;
};

absl::StatusOr<Parts> Split(absl::string_view url) {
  SB_RETURN_IF_ERROR(CheckBytes(url));
  const std::size_t end_of_scheme = url.find("://");
  if (end_of_scheme == absl::string_view::npos) {
    return Bad("is not absolute, must begin with 'https://' or 'http://'");
  }
  const std::string scheme = absl::AsciiStrToLower(url.substr(0, end_of_scheme));
  if (scheme != "http" && scheme != "https") {
    // What stands before "://" may be anything where that is not the first thing in the text.
    bool is_scheme = !scheme.empty();
    for (const char c : scheme) is_scheme = is_scheme && absl::ascii_isalnum(c);
    return is_scheme ? Bad("scheme is '", scheme, "', must be 'https' or 'http'")
                     : Bad("must begin with 'https://' or 'http://'");
  }
  const absl::string_view rest = url.substr(end_of_scheme + 3);
  const std::size_t end_of_authority = std::min(rest.find_first_of("/?#"), rest.size());
  Parts parts;
  SB_ASSIGN_OR_RETURN(parts.origin, ParseAuthority(scheme, rest.substr(0, end_of_authority)));
  parts.rest = rest.substr(end_of_authority);
  return parts;
}

// RFC 3986 pchar, without the percent sign.
bool IsPathCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("-._~!$&'()*+,;=:@", c);
}

absl::Status CheckPath(absl::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '%') {
      if (i + 2 >= path.size() || !absl::ascii_isxdigit(path[i + 1]) ||
          !absl::ascii_isxdigit(path[i + 2])) {
        return Bad("path '", path, "' has a '%' that two hexadecimal digits do not follow");
      }
    } else if (c != '/' && !IsPathCharacter(c)) {
      return Bad("path '", path, "' has the character '", absl::string_view(&c, 1),
                 "', which must be percent-encoded");
    }
  }
  if (absl::EndsWith(path, "/")) return Bad("must not end in a slash");
  for (const absl::string_view segment : absl::StrSplit(path.substr(1), '/')) {
    if (segment.empty()) return Bad("path '", path, "' has an empty segment");
    const std::string dots = absl::StrReplaceAll(segment, {{"%2e", "."}, {"%2E", "."}});
    if (dots == "." || dots == "..") return Bad("path '", path, "' has a dot segment");
  }
  return absl::OkStatus();
}

bool IsLocalhost(absl::string_view host) {
  return host == "localhost" || absl::EndsWith(host, ".localhost");
}

std::string Encode(absl::string_view text, absl::string_view kept, bool space_is_plus) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size() + text.size() / 2);
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || absl::StrContains(kept, c)) {
      encoded.push_back(c);
    } else if (space_is_plus && c == ' ') {
      encoded.push_back('+');
    } else {
      const unsigned char byte = c;
      encoded.push_back('%');
      encoded.push_back(kHex[byte >> 4]);
      encoded.push_back(kHex[byte & 15]);
    }
  }
  return encoded;
}

}  // namespace

std::string Origin::ToString() const {
  if (port == DefaultPort(scheme)) return absl::StrCat(scheme, "://", host);
  return absl::StrCat(scheme, "://", host, ":", port);
}

std::string Origin::HostAndPort() const { return absl::StrCat(host, ":", port); }

absl::StatusOr<Origin> OriginOf(absl::string_view url) {
  SB_ASSIGN_OR_RETURN(Parts parts, Split(url));
  return std::move(parts.origin);
}

absl::StatusOr<BaseUrl> BaseUrl::Create(absl::string_view text) {
  SB_ASSIGN_OR_RETURN(Parts parts, Split(text));
  if (absl::StrContains(parts.rest, '?')) return Bad("has a query, which is not allowed");
  if (absl::StrContains(parts.rest, '#')) return Bad("has a fragment, which is not allowed");
  if (!parts.rest.empty()) SB_RETURN_IF_ERROR(CheckPath(parts.rest));
  return BaseUrl(std::move(parts.origin), std::string(parts.rest));
}

BaseUrl::BaseUrl(Origin origin, std::string path)
    : origin_(std::move(origin)),
      path_(std::move(path)),
      text_(absl::StrCat(origin_.ToString(), path_)) {}

bool BaseUrl::NamesPrivateHost() const {
  const std::optional<AddressClass> literal = ClassifyLiteral(host());
  return is_loopback_host() || literal == AddressClass::kPrivate;
}

bool BaseUrl::is_loopback_host() const {
  return IsLocalhost(host()) || ClassifyLiteral(host()) == AddressClass::kLoopback;
}

std::string EncodeQueryComponent(absl::string_view text) {
  return Encode(text, "-._~", /*space_is_plus=*/false);
}

std::string EncodeFormComponent(absl::string_view text) {
  return Encode(text, "-._", /*space_is_plus=*/true);
}

absl::StatusOr<std::string> EncodePathSegment(absl::string_view text) {
  if (text.empty() || text == "." || text == "..") {
    return absl::InvalidArgumentError(
        absl::StrCat("path segment: is '", text, "', which no server reads as a segment's name"));
  }
  return Encode(text, "-._~", /*space_is_plus=*/false);
}

}  // namespace sessionbroker::http
