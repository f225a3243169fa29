#include "service/nonces/record.h"

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/storage/store.h"
#include "sessionbroker/state/v1/sequence.pb.h"

namespace sessionbroker::nonces {
namespace {

namespace v1 = state::v1;

constexpr struct {
  SequenceSpec::Unit unit;
  v1::Sequence::Unit stored;
} kUnits[] = {
    {SequenceSpec::Unit::kCount, v1::Sequence::UNIT_COUNT},
    {SequenceSpec::Unit::kSeconds, v1::Sequence::UNIT_SECONDS},
    {SequenceSpec::Unit::kMilliseconds, v1::Sequence::UNIT_MILLISECONDS},
};

}  // namespace

absl::StatusOr<std::string> StoreKeyOf(const SequenceId& id) {
  std::string key = absl::StrCat(kStorePrefix, id.origin, " ", id.key);
  const bool has_space = id.origin.find(' ') != std::string::npos;
  const bool has_nul = key.find('\0') != std::string::npos;
  if (id.origin.empty() || has_space || has_nul || id.key.empty() ||
      key.size() > storage::kMaxKeyBytes) {
    return base::MakeError(base::Reason::kInvalidArgument,
                           absl::StrCat("a sequence is named by an origin without spaces and a "
                                        "key, without NUL and together at most ",
                                        storage::kMaxKeyBytes - sizeof(kStorePrefix),
                                        " bytes, got ", id.origin.size(), " and ", id.key.size()));
  }
  return key;
}

std::string Encode(const Record& record) {
  v1::Sequence stored;
  stored.set_origin(record.id.origin);
  stored.set_key(record.id.key);
  stored.set_reserved(record.reserved);
  if (record.floor >= 0) stored.set_floor(record.floor);
  for (const auto& row : kUnits) {
    if (record.unit == row.unit) stored.set_unit(row.stored);
  }
  if (record.max.has_value()) stored.set_max(*record.max);
  stored.mutable_update_time()->set_seconds(absl::ToUnixSeconds(record.update_time));
  return stored.SerializeAsString();
}

absl::StatusOr<Record> Decode(const std::string& bytes) {
  v1::Sequence stored;
  if (!stored.ParseFromString(bytes) || stored.origin().empty() || stored.reserved() < 0) {
    return base::MakeError(base::Reason::kStoreUnavailable,
                           "the broker's own store holds a sequence that cannot be read");
  }
  Record record = {.id = {stored.origin(), stored.key()},
                   .reserved = stored.reserved(),
                   .floor = stored.has_floor() ? stored.floor() : -1,
                   .unit = std::nullopt,
                   .max = std::nullopt,
                   .update_time = absl::FromUnixSeconds(stored.update_time().seconds())};
  for (const auto& row : kUnits) {
    if (stored.unit() == row.stored) record.unit = row.unit;
  }
  if (stored.has_max()) record.max = stored.max();
  return record;
}

}  // namespace sessionbroker::nonces
