#include "client/brokerctl/provider/definition_file.h"

#include "absl/status/statusor.h"
#include "service/config/text_file.h"

namespace sessionbroker::brokerctl {

login::CheckedDefinition ReadDefinitionFile(const std::string& file,
                                            config::Diagnostics* diagnostics) {
  const absl::StatusOr<std::string> text = config::ReadTextFile(file, login::kMaxDefinitionBytes);
  if (text.ok()) return login::CheckDefinition(file, *text, diagnostics);
  diagnostics->Add({file, config::Position{}, "", std::string(text.status().message())});
  return {nullptr, "", config::SourceMap(file), 0};
}

}  // namespace sessionbroker::brokerctl
