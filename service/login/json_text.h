#ifndef SESSIONBROKER_SERVICE_LOGIN_JSON_TEXT_H_
#define SESSIONBROKER_SERVICE_LOGIN_JSON_TEXT_H_

#include "absl/strings/string_view.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// Appends `text` as a JSON string, in quotes, without needless escapes. Requires UTF-8.
void AppendJsonString(absl::string_view text, secrets::WipedBytes& out);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_JSON_TEXT_H_
