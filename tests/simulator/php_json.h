#ifndef SESSIONBROKER_TESTS_SIMULATOR_PHP_JSON_H_
#define SESSIONBROKER_TESTS_SIMULATOR_PHP_JSON_H_

#include <string>

#include "nlohmann/json.hpp"

namespace sessionbroker::simulator {

// JSON as PHP's json_encode writes it by default: compact, keys in order, "\/" for "/" and
// lower-case \uXXXX for everything outside ASCII. Invalid UTF-8 becomes \ufffd.
std::string PhpJson(const nlohmann::ordered_json& value);

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_PHP_JSON_H_
