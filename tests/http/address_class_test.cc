#include "service/http/address_class.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::http {
namespace {

sockaddr_storage Address(const std::string& text) {
  sockaddr_storage storage = {};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr), 1) << text;
    v6->sin6_family = AF_INET6;
  }
  return storage;
}

AddressClass ClassOf(const std::string& text) {
  const sockaddr_storage storage = Address(text);
  return Classify(reinterpret_cast<const sockaddr&>(storage));
}

const struct {
  std::string address;
  AddressClass address_class;
} kAddressCases[] = {
    {"8.8.8.8", AddressClass::kPublic},
    {"0.0.0.0", AddressClass::kUnspecified},
    {"0.255.255.255", AddressClass::kUnspecified},
    {"1.0.0.0", AddressClass::kPublic},
    {"9.255.255.255", AddressClass::kPublic},
    {"10.0.0.0", AddressClass::kPrivate},
    {"10.255.255.255", AddressClass::kPrivate},
    {"11.0.0.0", AddressClass::kPublic},
    {"100.63.255.255", AddressClass::kPublic},
    {"100.64.0.0", AddressClass::kPrivate},
    {"100.100.100.200", AddressClass::kMetadata},
    {"100.127.255.255", AddressClass::kPrivate},
    {"100.128.0.0", AddressClass::kPublic},
    {"126.255.255.255", AddressClass::kPublic},
    {"127.0.0.0", AddressClass::kLoopback},
    {"127.255.255.255", AddressClass::kLoopback},
    {"128.0.0.0", AddressClass::kPublic},
    {"168.63.129.16", AddressClass::kMetadata},
    {"169.253.255.255", AddressClass::kPublic},
    {"169.254.0.0", AddressClass::kLinkLocal},
    {"169.254.169.253", AddressClass::kLinkLocal},
    {"169.254.169.254", AddressClass::kMetadata},
    {"169.254.170.2", AddressClass::kMetadata},
    {"169.254.255.255", AddressClass::kLinkLocal},
    {"169.255.0.0", AddressClass::kPublic},
    {"172.15.255.255", AddressClass::kPublic},
    {"172.16.0.0", AddressClass::kPrivate},
    {"172.31.255.255", AddressClass::kPrivate},
    {"172.32.0.0", AddressClass::kPublic},
    {"192.0.0.192", AddressClass::kMetadata},
    {"192.0.0.8", AddressClass::kPrivate},
    {"192.0.1.0", AddressClass::kPublic},
    {"192.167.255.255", AddressClass::kPublic},
    {"192.168.0.0", AddressClass::kPrivate},
    {"192.168.255.255", AddressClass::kPrivate},
    {"192.169.0.0", AddressClass::kPublic},
    {"198.17.255.255", AddressClass::kPublic},
    {"198.18.0.0", AddressClass::kPrivate},
    {"198.19.255.255", AddressClass::kPrivate},
    {"198.20.0.0", AddressClass::kPublic},
    {"223.255.255.255", AddressClass::kPublic},
    {"224.0.0.0", AddressClass::kMulticast},
    {"239.255.255.255", AddressClass::kMulticast},
    {"240.0.0.0", AddressClass::kReserved},
    {"255.255.255.255", AddressClass::kReserved},
    {"::", AddressClass::kUnspecified},
    {"::1", AddressClass::kLoopback},
    {"2606:4700:4700::1111", AddressClass::kPublic},
    {"fbff::1", AddressClass::kPublic},
    {"fc00::", AddressClass::kPrivate},
    {"fdff:ffff::1", AddressClass::kPrivate},
    {"fe00::1", AddressClass::kPublic},
    {"fd00:ec2::254", AddressClass::kMetadata},
    {"fd00:ec2::23", AddressClass::kMetadata},
    {"fd20:ce::254", AddressClass::kMetadata},
    {"fd00:42::42", AddressClass::kMetadata},
    {"fd00:ec2::253", AddressClass::kPrivate},
    {"fe7f:ffff::1", AddressClass::kPublic},
    {"fe80::", AddressClass::kLinkLocal},
    {"fe80::1", AddressClass::kLinkLocal},
    {"febf:ffff::1", AddressClass::kLinkLocal},
    {"fec0::1", AddressClass::kPrivate},
    {"ff02::1", AddressClass::kMulticast},
    {"64:ff9b:1::1", AddressClass::kPrivate},
    {"64:ff9b:2::1", AddressClass::kPublic},
};

TEST(AddressClassTest, EveryBlockAndItsNeighbours) {
  for (const auto& c : kAddressCases) {
    EXPECT_EQ(NameOf(ClassOf(c.address)), NameOf(c.address_class)) << c.address;
  }
}

TEST(AddressClassTest, Ipv4InsideIpv6IsOfTheIpv4Class) {
  for (const auto& c : kAddressCases) {
    if (absl::StrContains(c.address, ':')) continue;
    for (const std::string prefix : {"::ffff:", "::ffff:0:", "64:ff9b::"}) {
      const std::string address = absl::StrCat(prefix, c.address);
      EXPECT_EQ(NameOf(ClassOf(address)), NameOf(c.address_class)) << address;
    }
  }
  EXPECT_EQ(ClassOf("::169.254.169.254"), AddressClass::kMetadata);
  EXPECT_EQ(ClassOf("::127.0.0.1"), AddressClass::kLoopback);
  EXPECT_EQ(ClassOf("2002:a9fe:a9fe::1"), AddressClass::kMetadata);
  EXPECT_EQ(ClassOf("2002:7f00:1::"), AddressClass::kLoopback);
  EXPECT_EQ(ClassOf("2002:808:808::1"), AddressClass::kPublic);
}

TEST(AddressClassTest, OtherFamiliesAreReserved) {
  sockaddr_un local = {};
  local.sun_family = AF_UNIX;
  EXPECT_EQ(Classify(reinterpret_cast<const sockaddr&>(local)), AddressClass::kReserved);
}

TEST(AddressClassTest, LiteralsAreThoseOfUrls) {
  for (const auto& c : kAddressCases) {
    const bool v6 = absl::StrContains(c.address, ':');
    EXPECT_EQ(ClassifyLiteral(v6 ? absl::StrCat("[", c.address, "]") : c.address), c.address_class)
        << c.address;
  }
  for (const std::string name : {"", "localhost", "::1", "[", "[]", "[127.0.0.1]", "127.1"}) {
    EXPECT_EQ(ClassifyLiteral(name), std::nullopt) << name;
  }
}

TEST(AddressClassTest, PermissionNeverCoversMoreThanLoopbackAndPrivate) {
  const struct {
    AddressClass address_class;
    bool without;
    bool with_permission;
  } kPolicy[] = {
      {AddressClass::kPublic, true, true},      {AddressClass::kLoopback, false, true},
      {AddressClass::kPrivate, false, true},    {AddressClass::kLinkLocal, false, false},
      {AddressClass::kMetadata, false, false},  {AddressClass::kUnspecified, false, false},
      {AddressClass::kMulticast, false, false}, {AddressClass::kReserved, false, false},
  };
  for (const auto& c : kPolicy) {
    EXPECT_EQ(MayConnect(c.address_class, false), c.without) << NameOf(c.address_class);
    EXPECT_EQ(MayConnect(c.address_class, true), c.with_permission) << NameOf(c.address_class);
  }
}

}  // namespace
}  // namespace sessionbroker::http
