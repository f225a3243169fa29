#include "service/login/grant.h"

namespace sessionbroker::login {
namespace {

struct NamedLocation {
  Location location;
  const char* name;
};

constexpr NamedLocation kLocations[] = {
    {Location::kQuery, "query"},
    {Location::kHeader, "header"},
    {Location::kCookie, "cookie"},
    {Location::kForm, "form"},
    {Location::kJsonPointer, "json_pointer"},
    {Location::kPathSegment, "path_segment"},
};

}  // namespace

absl::string_view NameOf(Location location) {
  for (const NamedLocation& known : kLocations) {
    if (known.location == location) return known.name;
  }
  return "";
}

std::optional<Location> LocationNamed(absl::string_view name) {
  for (const NamedLocation& known : kLocations) {
    if (name == known.name) return known.location;
  }
  return std::nullopt;
}

}  // namespace sessionbroker::login
