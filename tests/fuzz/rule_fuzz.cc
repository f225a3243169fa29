// Rules and callers: a pattern matches what RE2 says that it matches, by the pattern's own words,
// and a policy of one rule decides accordingly. Lines: caller pattern, caller, account pattern,
// account.

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "service/access/caller_pattern.h"
#include "service/access/policy.h"

namespace {

// "*" as a run without `separator`, all else as it is.
std::string RegexOf(absl::string_view pattern, char separator) {
  std::vector<std::string> literals;
  for (const absl::string_view literal : absl::StrSplit(pattern, '*')) {
    literals.push_back(RE2::QuoteMeta(re2::StringPiece(literal.data(), literal.size())));
  }
  return absl::StrJoin(literals, absl::StrCat("[^", std::string(1, separator), "]*"));
}

bool Matches(absl::string_view pattern, char separator, absl::string_view text) {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()),
                        RE2(RegexOf(pattern, separator), options));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace sessionbroker;
  if (size > 1000) return 0;
  const std::vector<std::string> lines =
      absl::StrSplit(absl::string_view(reinterpret_cast<const char*>(data), size), '\n');
  if (lines.size() != 4) return 0;
  const auto pattern = access::CallerPattern::Create(lines[0]);
  const auto caller = access::Caller::Parse(lines[1]);
  if (!pattern.ok() || !caller.ok()) return 0;
  const char separator = caller->kind() == access::Caller::Kind::kDns ? '.' : '/';
  const bool is_for_caller = Matches(lines[0], separator, lines[1]);
  if (pattern->Matches(*caller) != is_for_caller) __builtin_trap();

  const auto policy = access::Policy::Create(
      {{.callers = {lines[0]}, .accounts = {lines[2]}, .actions = {access::Action::kGet}}});
  const std::vector<std::string> account = absl::StrSplit(lines[3], absl::MaxSplits('/', 1));
  if (!policy.ok() || account.size() != 2 || account[1].find('/') != std::string::npos) return 0;
  const bool is_for_account = Matches(lines[2], '/', lines[3]);
  const access::Call call{.caller = *caller};
  const bool allowed =
      policy->Allows(call, access::Action::kGet, {account[0], account[1]}) != nullptr;
  if (allowed != (is_for_caller && is_for_account)) __builtin_trap();
  if (policy->Allows(call, access::Action::kList, {account[0], account[1]}) != nullptr) {
    __builtin_trap();
  }
  return 0;
}
