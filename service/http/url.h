#ifndef SESSIONBROKER_SERVICE_HTTP_URL_H_
#define SESSIONBROKER_SERVICE_HTTP_URL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::http {

// Where a URL leads (RFC 6454), normalised: two origins are the same if their texts are.
struct Origin {
  // "https://crm.example.com", "http://[::1]:8080": the port only where it is not the scheme's.
  std::string ToString() const;
  // "crm.example.com:443", for error texts.
  std::string HostAndPort() const;

  friend bool operator==(const Origin& a, const Origin& b) {
    return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
  }
  friend bool operator!=(const Origin& a, const Origin& b) { return !(a == b); }

  // "http" or "https".
  std::string scheme;
  // Lower-case: a DNS name, a dotted IPv4 address or an IPv6 address in brackets.
  std::string host;
  // As written, or the scheme's.
  uint16_t port = 0;
};

// The origin of an absolute http or https URL. INVALID_ARGUMENT, naming what and the actual value,
// never user information, path or query:
//   a control, space or non-ASCII byte · a scheme other than http(s) · user information · no host ·
//   a host that is neither a DNS name, a canonical IPv4 nor a bracketed IPv6 address (so not
//   "127.1", "0x7f000001", "2130706433" or percent-encoded) · a port that is not 1 to 65535
absl::StatusOr<Origin> OriginOf(absl::string_view url);

// An account's base URL, "https://host[:port][/path]", to which a definition's paths are appended.
// Immutable.
class BaseUrl {
 public:
  // Besides what OriginOf refuses: a query, a fragment, a trailing slash, and a path with an empty
  // or dot segment (also percent-encoded) or a byte that must be percent-encoded.
  static absl::StatusOr<BaseUrl> Create(absl::string_view text);

  // origin() and path(); normalised, so not always what Create was given.
  const std::string& text() const { return text_; }
  const std::string& scheme() const { return origin_.scheme; }
  // As Origin::host.
  const std::string& host() const { return origin_.host; }
  uint16_t port() const { return origin_.port; }
  const Origin& origin() const { return origin_; }
  // "" or "/…".
  const std::string& path() const { return path_; }

  // The host is localhost or a loopback or private address: connecting to one is meant.
  bool NamesPrivateHost() const;
  // The host is localhost or a loopback address.
  bool is_loopback_host() const;

  friend bool operator==(const BaseUrl& a, const BaseUrl& b) { return a.text_ == b.text_; }
  friend bool operator!=(const BaseUrl& a, const BaseUrl& b) { return !(a == b); }

 private:
  BaseUrl(Origin origin, std::string path);

  Origin origin_;
  std::string path_;
  std::string text_;
};

// Percent-encodes all but RFC 3986's unreserved characters; a space becomes %20.
std::string EncodeQueryComponent(absl::string_view text);

// For application/x-www-form-urlencoded: letters, digits, "-", "." and "_" stay, a space becomes
// "+". Byte for byte what PHP's urlencode() gives.
std::string EncodeFormComponent(absl::string_view text);

// One segment of a path, encoded as a query component is. INVALID_ARGUMENT for "", "." and "..":
// no encoding keeps a server from reading these as another path.
absl::StatusOr<std::string> EncodePathSegment(absl::string_view text);

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_URL_H_
