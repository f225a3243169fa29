#include "service/nonces/known_sequences.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/nearest_name.h"

namespace sessionbroker::nonces {
namespace {

// A list that is longer helps nobody.
constexpr std::size_t kMostNamed = 8;

absl::Status RefusedField(absl::string_view field, absl::string_view limit,
                          absl::string_view actual, absl::string_view why) {
  return base::MakeError({.reason = base::Reason::kInvalidArgument,
                          .retry_after = std::nullopt,
                          .metadata = {{"field", std::string(field)},
                                       {"limit", std::string(limit)},
                                       {"actual", std::string(actual)}}},
                         absl::StrCat(field, ": must be ", limit, ", got ", actual, why));
}

// The nearest of the names, or all of them where they are few.
std::string Nearest(absl::string_view name, const std::vector<std::string>& names) {
  if (names.size() <= kMostNamed) return base::Suggestion(name, names, "those in use are");
  const std::string nearest = base::NearestName(name, names);
  return nearest.empty() ? "" : absl::StrCat("; did you mean \"", nearest, "\"?");
}

}  // namespace

KnownSequences::KnownSequences(const std::vector<SequenceUse>& uses,
                               CanonicalOrigin canonical_origin)
    : canonical_origin_(std::move(canonical_origin)) {
  for (const SequenceUse& use : uses) {
    std::vector<SequenceSpec>& specs = specs_[use.id];
    if (std::find(specs.begin(), specs.end(), use.spec) == specs.end()) specs.push_back(use.spec);
  }
}

absl::StatusOr<KnownSequences::Found> KnownSequences::Find(absl::string_view origin,
                                                           absl::string_view key) const {
  absl::StatusOr<std::string> canonical = canonical_origin_(origin);
  if (!canonical.ok()) {
    return RefusedField("origin", "\"https://HOST[:PORT]\" or http",
                        absl::StrCat("\"", origin, "\""),
                        absl::StrCat(" (", canonical.status().message(), ")"));
  }
  if (key.empty()) return RefusedField("key", "at least 1 byte", "0 bytes", "");
  SequenceId id = {*std::move(canonical), std::string(key)};
  if (const auto found = specs_.find(id); found != specs_.end()) return Found{id, found->second};

  std::vector<std::string> origins;
  std::vector<std::string> keys;
  for (const auto& [known, specs] : specs_) {
    if (origins.empty() || origins.back() != known.origin) origins.push_back(known.origin);
    if (known.origin == id.origin) keys.push_back(known.key);
  }
  return base::MakeError(base::Reason::kSequenceUnknown,
                         keys.empty()
                             ? absl::StrCat("no configured account uses nonces at ", id.origin,
                                            Nearest(id.origin, origins))
                             : absl::StrCat("no configured account uses nonces of the key \"",
                                            id.key, "\" at ", id.origin, Nearest(id.key, keys)));
}

}  // namespace sessionbroker::nonces
