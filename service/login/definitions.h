#ifndef SESSIONBROKER_SERVICE_LOGIN_DEFINITIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_DEFINITIONS_H_

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"
#include "service/config/source_map.h"
#include "service/login/builtin_definitions.h"
#include "service/login/program.h"

namespace sessionbroker::login {

// A larger file is no definition.
inline constexpr std::size_t kMaxDefinitionBytes = std::size_t{256} << 10;

// A definition and what its author wants to know of it.
struct CheckedDefinition {
  // nullptr: it has mistakes.
  std::shared_ptr<const Program> program;
  // As written, even if there are mistakes.
  std::string provider;
  // Where each field stands.
  config::SourceMap places;
  // How many values its worked examples expect.
  std::size_t worked_values = 0;
};

// Reads and compiles one definition. Mistakes go into `diagnostics`, under `file`.
CheckedDefinition CheckDefinition(const std::string& file, absl::string_view text,
                                  config::Diagnostics* diagnostics);

// The program alone. nullptr: there are mistakes.
std::shared_ptr<const Program> LoadDefinition(const std::string& file, absl::string_view text,
                                              config::Diagnostics* diagnostics);

// The definitions of `directories`: their *.yaml files, each directory's in the order of names.
// A directory or file that cannot be read, a file of more than kMaxDefinitionBytes, and one called
// *.yml, which would be passed over in silence, is a mistake. What was right is returned all the
// same.
struct DefinitionFile {
  std::string file;
  std::string text;
};
std::vector<DefinitionFile> ReadDefinitionDirectories(const std::vector<std::string>& directories,
                                                      config::Diagnostics* diagnostics);

// All providers that a process knows. Immutable, thread-safe.
class DefinitionSet {
 public:
  // The built-in definitions and those of `directories`. A provider that two files define, or one
  // that is built in, is a mistake which names both. Every mistake of every file goes into
  // `diagnostics`; what was right is in the set all the same, so that accounts can be checked too.
  // A program that behaves as the one of that name in `before` (nullptr: there is none) is that
  // one: what has not changed has the same address.
  static std::shared_ptr<const DefinitionSet> Load(const std::vector<std::string>& directories,
                                                   config::Diagnostics* diagnostics,
                                                   const DefinitionSet* before = nullptr);

  // NOT_FOUND, with the nearest name, where no definition has this name.
  absl::StatusOr<std::shared_ptr<const Program>> Find(absl::string_view provider) const;

  // A definition that claims this name has mistakes.
  bool IsBroken(absl::string_view provider) const {
    return broken_.contains(std::string(provider));
  }

  // By name, in order.
  const std::map<std::string, std::shared_ptr<const Program>>& programs() const {
    return programs_;
  }

 private:
  DefinitionSet() = default;

  std::map<std::string, std::shared_ptr<const Program>> programs_;
  std::set<std::string> broken_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_DEFINITIONS_H_
