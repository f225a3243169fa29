// Sealed records that somebody has changed: whatever the input, taken for a record or put over a
// good one, nothing opens but the record itself, at its own place.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/crypto/random.h"
#include "service/crypto/sealing.h"
#include "service/secrets/secret.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::crypto {
namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

class Sevens final : public RandomSource {
 public:
  absl::Status Fill(absl::Span<char> out) override {
    std::fill(out.begin(), out.end(), '7');
    return absl::OkStatus();
  }
};

void TestOneRecord(const std::string& input) {
  static const SealingKeys& keys = *new SealingKeys(
      *SealingKeys::Create({*SealingKey::FromText(secrets::Secret(std::string(64, 'a')))}));
  static const std::string place = PlaceOf({"kept", "acme", "main"});
  static const std::string& good = *new std::string([] {
    Sevens random;
    return *keys.Seal("what is sealed", place, random);
  }());
  std::string over = good;
  std::copy_n(input.begin(), std::min(input.size(), over.size()), over.begin());
  for (const std::string& record :
       {input, over, absl::StrCat(good, input), absl::StrCat(input, good),
        good.substr(0, input.size() % good.size()),
        absl::StrCat(good.substr(0, input.size() % good.size()), input)}) {
    const absl::StatusOr<secrets::WipedBytes> opened = keys.Open(record, place);
    Require(opened.ok() == (record == good));
    if (opened.ok()) Require(secrets::View(*opened) == "what is sealed");
    Require(opened.ok() || absl::IsFailedPrecondition(opened.status()) ||
            absl::IsDataLoss(opened.status()));
  }
  const std::string elsewhere = PlaceOf({"kept", input});
  Require(elsewhere != place && !keys.Open(good, elsewhere).ok());
}

}  // namespace
}  // namespace sessionbroker::crypto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  sessionbroker::crypto::TestOneRecord(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
