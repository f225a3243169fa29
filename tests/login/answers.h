#ifndef SESSIONBROKER_TESTS_LOGIN_ANSWERS_H_
#define SESSIONBROKER_TESTS_LOGIN_ANSWERS_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "service/http/message.h"
#include "service/login/source.h"

namespace sessionbroker::login {

inline http::Response Response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// Requires a source that is one.
inline Source SourceOf(absl::string_view text) { return *Source::Parse(text); }

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_TESTS_LOGIN_ANSWERS_H_
