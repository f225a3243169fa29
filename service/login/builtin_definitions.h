#ifndef SESSIONBROKER_SERVICE_LOGIN_BUILTIN_DEFINITIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_BUILTIN_DEFINITIONS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// A definition as it stands in the source.
struct DefinitionText {
  // For messages: "builtin:vtiger.yaml".
  std::string file;
  absl::string_view text;
};

// The files of service/providers/, by name; the build makes this file of them.
std::vector<DefinitionText> BuiltinDefinitions();

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_BUILTIN_DEFINITIONS_H_
