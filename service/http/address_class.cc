#include "service/http/address_class.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace sessionbroker::http {
namespace {

struct Block4 {
  uint32_t network;
  int prefix_bits;
  AddressClass address_class;
};

constexpr uint32_t Ip4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// The first match counts.
constexpr Block4 kBlocks4[] = {
    {Ip4(169, 254, 169, 254), 32, AddressClass::kMetadata},  // AWS, GCP, Azure and most others
    {Ip4(169, 254, 170, 2), 32, AddressClass::kMetadata},    // AWS ECS task credentials
    {Ip4(100, 100, 100, 200), 32, AddressClass::kMetadata},  // Alibaba Cloud
    {Ip4(192, 0, 0, 192), 32, AddressClass::kMetadata},      // Oracle Cloud
    {Ip4(168, 63, 129, 16), 32, AddressClass::kMetadata},    // Azure WireServer
    {Ip4(0, 0, 0, 0), 8, AddressClass::kUnspecified},
    {Ip4(127, 0, 0, 0), 8, AddressClass::kLoopback},
    {Ip4(169, 254, 0, 0), 16, AddressClass::kLinkLocal},
    {Ip4(10, 0, 0, 0), 8, AddressClass::kPrivate},
    {Ip4(172, 16, 0, 0), 12, AddressClass::kPrivate},
    {Ip4(192, 168, 0, 0), 16, AddressClass::kPrivate},
    {Ip4(100, 64, 0, 0), 10, AddressClass::kPrivate},
    {Ip4(192, 0, 0, 0), 24, AddressClass::kPrivate},
    {Ip4(198, 18, 0, 0), 15, AddressClass::kPrivate},
    {Ip4(224, 0, 0, 0), 4, AddressClass::kMulticast},
    {Ip4(240, 0, 0, 0), 4, AddressClass::kReserved},
};

AddressClass Classify4(uint32_t address) {
  for (const Block4& block : kBlocks4) {
    const int host_bits = 32 - block.prefix_bits;
    if ((address ^ block.network) >> host_bits == 0) return block.address_class;
  }
  return AddressClass::kPublic;
}

using Bytes16 = unsigned char[16];

struct Block6 {
  Bytes16 network;
  int prefix_bits;
  AddressClass address_class;
};

constexpr Block6 kBlocks6[] = {
    // fd00:ec2::254: AWS
    {{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, AddressClass::kMetadata},
    // fd00:ec2::23: AWS EKS pod identity
    {{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23}, 128, AddressClass::kMetadata},
    // fd20:ce::254: GCP
    {{0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, AddressClass::kMetadata},
    // fd00:42::42: Scaleway
    {{0xfd, 0, 0, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42}, 128, AddressClass::kMetadata},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 128, AddressClass::kUnspecified},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, AddressClass::kLoopback},
    {{0xfe, 0x80}, 10, AddressClass::kLinkLocal},
    {{0xfe, 0xc0}, 10, AddressClass::kPrivate},
    {{0xfc}, 7, AddressClass::kPrivate},
    {{0xff}, 8, AddressClass::kMulticast},
    // 64:ff9b:1::/48, RFC 8215: NAT64 of a local network, which alone knows where the IPv4 part is.
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, AddressClass::kPrivate},
};

// An IPv4 address inside an IPv6 address.
struct Embedding {
  Bytes16 network;
  int prefix_bits;
  int offset;
};

constexpr Embedding kEmbeddings[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},     // ::ffff:0:0/96, RFC 4291 mapped
    {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 96, 12},     // ::ffff:0:0:0/96, RFC 2765
    {{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 96, 12},  // 64:ff9b::/96, RFC 6052 NAT64
    {{0x20, 0x02}, 16, 2},                                    // 2002::/16, RFC 3056 6to4
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 96, 12},           // ::/96, RFC 4291 compatible
};

bool Matches(const unsigned char* address, const Bytes16& network, int prefix_bits) {
  const int whole = prefix_bits / 8;
  if (std::memcmp(address, network, whole) != 0) return false;
  const int rest = prefix_bits % 8;
  return rest == 0 || ((address[whole] ^ network[whole]) >> (8 - rest)) == 0;
}

AddressClass Classify6(const unsigned char* address) {
  for (const Block6& block : kBlocks6) {
    if (Matches(address, block.network, block.prefix_bits)) return block.address_class;
  }
  for (const Embedding& embedding : kEmbeddings) {
    if (!Matches(address, embedding.network, embedding.prefix_bits)) continue;
    const unsigned char* v4 = address + embedding.offset;
    return Classify4(Ip4(v4[0], v4[1], v4[2], v4[3]));
  }
  return AddressClass::kPublic;
}

}  // namespace

AddressClass Classify(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof(v4));
    return Classify4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof(v6));
    return Classify6(v6.sin6_addr.s6_addr);
  }
  return AddressClass::kReserved;
}

std::optional<AddressClass> ClassifyLiteral(absl::string_view host) {
  in_addr v4;
  if (inet_pton(AF_INET, std::string(host).c_str(), &v4) == 1) return Classify4(ntohl(v4.s_addr));
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return std::nullopt;
  in6_addr v6;
  if (inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &v6) == 1) {
    return Classify6(v6.s6_addr);
  }
  return std::nullopt;
}

bool MayConnect(AddressClass address_class, bool allow_private) {
  switch (address_class) {
    case AddressClass::kPublic:
      return true;
    case AddressClass::kLoopback:
    case AddressClass::kPrivate:
      return allow_private;
    case AddressClass::kLinkLocal:
    case AddressClass::kMetadata:
    case AddressClass::kUnspecified:
    case AddressClass::kMulticast:
    case AddressClass::kReserved:
      return false;
  }
  return false;
}

absl::string_view NameOf(AddressClass address_class) {
  switch (address_class) {
    case AddressClass::kPublic:
      return "public";
    case AddressClass::kLoopback:
      return "loopback";
    case AddressClass::kPrivate:
      return "private";
    case AddressClass::kLinkLocal:
      return "link-local";
    case AddressClass::kMetadata:
      return "metadata";
    case AddressClass::kUnspecified:
      return "unspecified";
    case AddressClass::kMulticast:
      return "multicast";
    case AddressClass::kReserved:
      return "reserved";
  }
  return "unknown";
}

}  // namespace sessionbroker::http
