#ifndef SESSIONBROKER_SERVICE_HTTP_WIPE_H_
#define SESSIONBROKER_SERVICE_HTTP_WIPE_H_

#include <openssl/crypto.h>

#include <string>

namespace sessionbroker::http {

// Overwrites the string's bytes and empties it. The whole capacity: a string that was moved from or
// cut keeps its old bytes beyond its end.
inline void Wipe(std::string& text) {
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_WIPE_H_
