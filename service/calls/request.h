#ifndef SESSIONBROKER_SERVICE_CALLS_REQUEST_H_
#define SESSIONBROKER_SERVICE_CALLS_REQUEST_H_

#include <string>
#include <variant>
#include <vector>

#include "service/http/message.h"

namespace sessionbroker::calls {

// A name and a value, neither of them escaped.
struct Parameter {
  std::string name;
  std::string value;

  friend bool operator==(const Parameter& a, const Parameter& b) {
    return a.name == b.name && a.value == b.value;
  }
};

// Bytes that are sent as they are. What they are the caller says in a Content-Type header.
struct RawBody {
  std::string bytes;
};

// An application/x-www-form-urlencoded body: the one kind that a provider's parameters can be added
// to.
struct FormBody {
  std::vector<Parameter> fields;
};

using Body = std::variant<std::monostate, RawBody, FormBody>;

// What a caller wants to have sent to the provider of an account, before anything of session or
// signature is in it. As the caller gave it: nothing here says that it may be sent.
struct Request {
  // Upper-case.
  std::string method;
  // Below the account's base URL, from "/" on, percent-encoded as it is to be sent; no query.
  std::string path;
  // In order; a name may stand in it more than once.
  std::vector<Parameter> query;
  // In order.
  std::vector<http::Header> headers;
  Body body;
};

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_REQUEST_H_
