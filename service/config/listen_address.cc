#include "service/config/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/config/file_path.h"

namespace sessionbroker::config {
namespace {

// With the NUL at its end.
constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Expected(absl::string_view what) { return absl::InvalidArgumentError(what); }

// Letters, digits and "-" in labels of 1 to 63; the last one is no number, or resolvers would read
// the name as an IPv4 address in an old notation.
bool IsDnsName(absl::string_view host) {
  if (host.size() > 253) return false;
  bool last_is_number = false;
  for (const absl::string_view label : absl::StrSplit(host, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
      return false;
    }
    last_is_number = absl::ascii_isdigit(static_cast<unsigned char>(label.front()));
    for (const char c : label) {
      const unsigned char byte = static_cast<unsigned char>(c);
      if (!absl::ascii_isalnum(byte) && c != '-') return false;
      last_is_number = last_is_number && absl::ascii_isxdigit(byte);
    }
    last_is_number = last_is_number || absl::StartsWithIgnoreCase(label, "0x");
  }
  return !last_is_number;
}

// What is known of `host` (without brackets) that reads as one.
struct Host {
  bool is_valid = false;
  bool is_local = false;
};

Host ReadHost(const std::string& host, bool is_bracketed) {
  if (is_bracketed) {
    in6_addr address = {};
    if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return {};
    return {true, IN6_IS_ADDR_LOOPBACK(&address) != 0};
  }
  in_addr address = {};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) {
    return {true, (ntohl(address.s_addr) >> 24) == IN_LOOPBACKNET};
  }
  return {IsDnsName(host), absl::EqualsIgnoreCase(host, "localhost")};
}

}  // namespace

absl::StatusOr<ListenAddress> ListenAddress::Create(absl::string_view text,
                                                    absl::string_view directory) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    if (rest.empty()) return Expected("a path after \"unix:\"");
    std::string path = ResolvePath(rest, directory);
    if (path.size() > kMaxSocketPath) {
      return Expected(absl::StrCat("a path that comes to at most ", kMaxSocketPath,
                                   " bytes (this one: ", path.size(), ")"));
    }
    return ListenAddress("", 0, std::move(path), /*is_local=*/true);
  }
  const std::size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) {
    return Expected("\"HOST:PORT\", \"[V6]:PORT\" or \"unix:PATH\"");
  }
  const absl::string_view digits = text.substr(colon + 1);
  int port = -1;
  const bool is_decimal =
      !digits.empty() && digits.find_first_not_of("0123456789") == absl::string_view::npos;
  if (!is_decimal || !absl::SimpleAtoi(digits, &port) || port > 65535) {
    return Expected("a port from 0 to 65535 after the last \":\"");
  }
  absl::string_view host = text.substr(0, colon);
  const bool is_bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  const Host read = ReadHost(std::string(host), is_bracketed);
  if (!read.is_valid) {
    return Expected("an IPv4 address, an IPv6 address in brackets or a name before the port");
  }
  return ListenAddress(std::string(host), static_cast<uint16_t>(port), "", read.is_local);
}

std::string ListenAddress::ToString() const {
  if (is_unix()) return absl::StrCat("unix:", path_);
  const bool is_v6 = absl::StrContains(host_, ":");
  return absl::StrCat(is_v6 ? "[" : "", host_, is_v6 ? "]" : "", ":", port_);
}

}  // namespace sessionbroker::config
