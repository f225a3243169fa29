#ifndef SESSIONBROKER_SERVICE_LOGIN_TEXT_DECODING_H_
#define SESSIONBROKER_SERVICE_LOGIN_TEXT_DECODING_H_

#include "absl/strings/string_view.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// Lenient decoders for looking behind an encoding: what is no escape stays as it is, anywhere in
// any text. Never for values that are used.

// "%41" → "A"; with `plus_is_space` "+" → " ".
secrets::WipedBytes DecodePercent(absl::string_view text, bool plus_is_space);

// "\/" → "/", "\u0041" → "A", "\n" → a line feed, …
secrets::WipedBytes DecodeJsonEscapes(absl::string_view text);

// "&amp;" → "&", "&#65;" and "&#x41;" → "A", …
secrets::WipedBytes DecodeHtmlEntities(absl::string_view text);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_TEXT_DECODING_H_
