// URLs that an answer gives, and base URLs that a configuration has: what is taken for one keeps
// its origin however it is written, and what is read of it is what it was normalised to.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/http/url.h"

namespace sessionbroker::http {
namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

void TestOneUrl(absl::string_view text) {
  const absl::StatusOr<Origin> origin = OriginOf(text);
  const absl::StatusOr<BaseUrl> base = BaseUrl::Create(text);
  Require(origin.ok() || absl::IsInvalidArgument(origin.status()));
  // A base URL is a URL with more rules.
  Require(origin.ok() || !base.ok());
  if (origin.ok()) {
    Require(origin->scheme == "http" || origin->scheme == "https");
    Require(!origin->host.empty() && origin->port != 0);
    Require(origin->host.find_first_of("@/\\?#% \t\r\n") == std::string::npos);
    // Normalised: read again it is the same, whatever comes behind it.
    for (const char* rest : {"", "/", "?a=@b", "#@b", "/@b:1/"}) {
      const absl::StatusOr<Origin> again = OriginOf(absl::StrCat(origin->ToString(), rest));
      Require(again.ok() && *again == *origin);
    }
  }
  if (base.ok()) {
    Require(base->origin() == *origin);
    Require(base->text() == absl::StrCat(origin->ToString(), base->path()));
    Require(!absl::EndsWith(base->path(), "/") && !absl::StrContains(base->path(), "//"));
    const absl::StatusOr<BaseUrl> again = BaseUrl::Create(base->text());
    Require(again.ok() && *again == *base);
    Require(!base->is_loopback_host() || base->NamesPrivateHost());
  }
  const absl::StatusOr<std::string> segment = EncodePathSegment(text);
  Require(segment.ok() == (!text.empty() && text != "." && text != ".."));
  if (segment.ok()) {
    Require(segment->find_first_of("/?#\\ ") == std::string::npos);
    // It stays inside its segment.
    const absl::StatusOr<BaseUrl> within =
        BaseUrl::Create(absl::StrCat("https://a.example/b/", *segment, "/c"));
    Require(!within.ok() || within->path() == absl::StrCat("/b/", *segment, "/c"));
  }
}

}  // namespace
}  // namespace sessionbroker::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  sessionbroker::http::TestOneUrl(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
