#ifndef SESSIONBROKER_SERVICE_LOGIN_JSON_TEMPLATE_H_
#define SESSIONBROKER_SERVICE_LOGIN_JSON_TEMPLATE_H_

#include <string>
#include <vector>

#include "service/login/expression/expression.h"

namespace sessionbroker::login {

// A JSON document with templates in it: a tree that keeps the order of keys.
struct JsonTemplate {
  enum class Kind {
    kLiteral,  // `literal`, as it is written: true, null, 1.50.
    kText,  // `text`: a string; one whole `${…}` of type int or bool becomes a number or boolean.
    kArray,   // `children`.
    kObject,  // `children`, each with its `key`.
  };

  Kind kind = Kind::kLiteral;
  std::string key;
  std::string literal;
  Template text;
  std::vector<JsonTemplate> children;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_JSON_TEMPLATE_H_
