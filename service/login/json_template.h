#ifndef SESSIONBROKER_SERVICE_LOGIN_JSON_TEMPLATE_H_
#define SESSIONBROKER_SERVICE_LOGIN_JSON_TEMPLATE_H_

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "service/login/expression/expression.h"

namespace sessionbroker::login {

// A JSON document with templates in it: a tree that keeps the order of keys.
struct JsonTemplate {
  // "true", "null", "1.50": stands as it is written.
  struct Literal {
    std::string json;
  };
  // A string; one whole `${…}` of type int or bool becomes a number or boolean.
  struct Text {
    Template text;
  };
  struct Array {
    std::vector<JsonTemplate> items;
  };
  struct Object {
    std::vector<std::pair<std::string, JsonTemplate>> members;
  };

  std::variant<Literal, Text, Array, Object> node;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_JSON_TEMPLATE_H_
