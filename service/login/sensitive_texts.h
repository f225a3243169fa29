#ifndef SESSIONBROKER_SERVICE_LOGIN_SENSITIVE_TEXTS_H_
#define SESSIONBROKER_SERVICE_LOGIN_SENSITIVE_TEXTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// What must not come back in a session and must not be shown to anybody: finds it in a provider's
// text whether it stands there as it is, as hex (either case), as base64 (either alphabet, at any
// place in what was encoded), or any of these escaped: percent-encoded, as in JSON, as in HTML, or
// one inside the other. Not thread-safe.
class SensitiveTexts {
 public:
  // Something shorter cannot be told from chance: it counts only where it is the whole text.
  static constexpr std::size_t kMinRecognizableBytes = 4;

  // Empty ones are ignored.
  void Add(absl::string_view bytes);

  bool AppearIn(absl::string_view text) const;

  // `text` for an operator's eyes: at most 200 printable characters, each sensitive text replaced
  // by
  // "<redacted>". Runs of 12 and more letters and digits, mixed, are replaced too: what looks like
  // a session id or a key may be one that nobody has told us. Nothing is shown at all where a
  // sensitive text appears only in encoded form, so that its place is not known, or where one is
  // too short to be recognised.
  std::string Excerpt(absl::string_view text) const;

  // The first 4 KiB of `text` with each word that a sensitive text touches replaced by
  // "<redacted>"; a note in its place where Excerpt would show nothing because of an encoded form,
  // or where a text that is too short to be recognised is all there is.
  std::string Redacted(absl::string_view text) const;

 private:
  enum class Fold { kNone, kHex, kBase64 };
  struct Form {
    secrets::WipedBytes text;
    Fold fold = Fold::kNone;
  };
  static std::size_t Find(absl::string_view text, const Form& form, std::size_t from);

  bool AppearDecoded(absl::string_view text) const;
  // The first 4 KiB with each word that a sensitive text touches replaced.
  std::string ReplacedBeginning(absl::string_view text) const;

  std::vector<Form> forms_;
  std::vector<secrets::WipedBytes> too_short_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_SENSITIVE_TEXTS_H_
