#include "service/calls/path_check.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/base/utf8.h"

namespace sessionbroker::calls {
namespace {

template <typename... Parts>
absl::Status BadPath(const Parts&... parts) {
  return base::MakeError(base::Reason::kInvalidArgument, absl::StrCat("request.path: ", parts...));
}

// RFC 3986 pchar, without the percent sign.
bool IsPathCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("-._~!$&'()*+,;=:@", c);
}

bool IsEncodedByte(absl::string_view text, std::size_t at) {
  return text[at] == '%' && at + 2 < text.size() && absl::ascii_isxdigit(text[at + 1]) &&
         absl::ascii_isxdigit(text[at + 2]);
}

absl::Status CheckBeginning(absl::string_view path) {
  if (path.size() > kMaxPathBytes) {
    return BadPath("has ", path.size(), " bytes, at most ", kMaxPathBytes, " are allowed");
  }
  if (absl::StartsWith(path, "/")) return absl::OkStatus();
  if (absl::StrContains(path, "://")) {
    return BadPath(
        "is an absolute URL; must begin with '/' and is appended to the account's base URL");
  }
  return BadPath("must begin with '/'");
}

absl::Status CheckCharacter(absl::string_view path, std::size_t at) {
  const char c = path[at];
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '\\':
      return BadPath("has a backslash at offset ", at, ", which some servers read as a slash");
    case '?':
      return BadPath("has a '?' at offset ", at, "; parameters go into request.query");
    case '#':
      return BadPath("has a '#' at offset ", at, "; a fragment is never sent");
    case '%':
      if (IsEncodedByte(path, at)) return absl::OkStatus();
      return BadPath("has a '%' at offset ", at, " that two hexadecimal digits do not follow");
    default:
      if (c == '/' || IsPathCharacter(c)) return absl::OkStatus();
      return BadPath(absl::StrFormat("has byte 0x%02x at offset %d, which must be percent-encoded",
                                     static_cast<unsigned>(byte), at));
  }
}

// What stands before path parameters, which servers cut off before they look at the segment.
bool IsDotSegment(absl::string_view segment) {
  segment = segment.substr(0, segment.find(';'));
  return !segment.empty() && segment.find_first_not_of(". ") == absl::string_view::npos;
}

absl::Status CheckSegments(absl::string_view path, absl::string_view how) {
  for (const absl::string_view segment : absl::StrSplit(path, '/')) {
    if (IsDotSegment(segment)) return BadPath("has a dot segment", how);
  }
  return absl::OkStatus();
}

// One level of percent-encoding less. A "%" that is no beginning of an encoded byte stays.
absl::StatusOr<std::string> Decode(absl::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!IsEncodedByte(text, i)) {
      decoded.push_back(text[i]);
      continue;
    }
    const char c = absl::HexStringToBytes(text.substr(i + 1, 2))[0];
    i += 2;
    if (absl::ascii_iscntrl(c)) return BadPath("has an encoded control byte");
    if (absl::StrContains("/\\?#", c)) {
      return BadPath("has an encoded '", absl::string_view(&c, 1),
                     "', which some servers decode before they look at the path");
    }
    decoded.push_back(c);
  }
  return decoded;
}

}  // namespace

absl::Status CheckPath(absl::string_view path) {
  SB_RETURN_IF_ERROR(CheckBeginning(path));
  for (std::size_t i = 0; i < path.size(); ++i) {
    SB_RETURN_IF_ERROR(CheckCharacter(path, i));
    if (path[i] == '/' && i > 0 && path[i - 1] == '/') {
      return BadPath("has an empty segment at offset ", i,
                     i == 1 ? ": what begins with '//' names a host" : "");
    }
  }
  SB_RETURN_IF_ERROR(CheckSegments(path, ""));
  std::string text(path);
  while (absl::StrContains(text, '%')) {
    SB_ASSIGN_OR_RETURN(std::string decoded, Decode(text));
    SB_RETURN_IF_ERROR(CheckSegments(decoded, " that is percent-encoded"));
    if (!base::IsValidUtf8(decoded)) return BadPath("is not UTF-8 once it is decoded");
    if (decoded == text) break;
    text = std::move(decoded);
  }
  return absl::OkStatus();
}

}  // namespace sessionbroker::calls
