#ifndef SESSIONBROKER_SERVICE_LOGIN_CONVERSATION_H_
#define SESSIONBROKER_SERVICE_LOGIN_CONVERSATION_H_

#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// What the broker has to say to a provider for an account: get a session, ask whether one is alive,
// end one, have a request of a caller's done.
enum class Conversation { kLogin, kProbe, kLogout, kCall };

// As definitions, logs and metrics write it: "login", "probe", "logout", "call".
inline absl::string_view NameOf(Conversation conversation) {
  switch (conversation) {
    case Conversation::kLogin:
      return "login";
    case Conversation::kProbe:
      return "probe";
    case Conversation::kLogout:
      return "logout";
    case Conversation::kCall:
      return "call";
  }
  return "";
}

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_CONVERSATION_H_
