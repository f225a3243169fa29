#include "service/login/definitions.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/base/nearest_name.h"
#include "service/config/document.h"
#include "service/login/compiler.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {
namespace {

namespace fs = std::filesystem;

void AddForFile(const std::string& file, std::string message, config::Diagnostics* diagnostics) {
  diagnostics->Add(config::Diagnostic{file, config::Position{}, "", std::move(message)});
}

// In the order of names.
std::vector<fs::path> FilesOf(const std::string& directory, config::Diagnostics* diagnostics) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    files.push_back(it->path());
  }
  if (error) {
    AddForFile(directory, absl::StrCat("the directory cannot be read: ", error.message()),
               diagnostics);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<std::string> ReadFile(const fs::path& path, config::Diagnostics* diagnostics) {
  std::ifstream stream(path, std::ios::binary);
  // One byte more than allowed is enough to know.
  std::string text(kMaxDefinitionBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  if (!stream.eof() && (stream.bad() || !stream.is_open())) {
    AddForFile(path.string(), "the file cannot be read", diagnostics);
    return std::nullopt;
  }
  if (text.size() > kMaxDefinitionBytes) {
    AddForFile(path.string(),
               absl::StrCat("more than ", kMaxDefinitionBytes, " bytes, the most of a definition"),
               diagnostics);
    return std::nullopt;
  }
  return text;
}

// `program`, or that of the same name in `before` if it behaves the same.
std::shared_ptr<const Program> TheOneBefore(const DefinitionSet* before,
                                            std::shared_ptr<const Program> program) {
  if (before == nullptr) return program;
  const auto same = before->programs().find(program->provider());
  if (same == before->programs().end()) return program;
  if (same->second->behaviour() != program->behaviour()) return program;
  return same->second;
}

}  // namespace

CheckedDefinition CheckDefinition(const std::string& file, absl::string_view text,
                                  config::Diagnostics* diagnostics) {
  definition::v1::Definition definition;
  CheckedDefinition checked{nullptr, "", config::ReadYaml(file, text, &definition, diagnostics), 0};
  checked.program = Compile(definition, checked.places, diagnostics);
  checked.provider = definition.provider();
  for (const definition::v1::Example& example : definition.examples()) {
    checked.worked_values += static_cast<std::size_t>(example.expect_size());
  }
  diagnostics->Sort();
  return checked;
}

std::shared_ptr<const Program> LoadDefinition(const std::string& file, absl::string_view text,
                                              config::Diagnostics* diagnostics) {
  return CheckDefinition(file, text, diagnostics).program;
}

std::vector<DefinitionFile> ReadDefinitionDirectories(const std::vector<std::string>& directories,
                                                      config::Diagnostics* diagnostics) {
  std::vector<DefinitionFile> files;
  for (const std::string& directory : directories) {
    for (const fs::path& path : FilesOf(directory, diagnostics)) {
      if (path.extension() == ".yml") {
        AddForFile(path.string(), "definitions are called *.yaml; rename it, or take it away",
                   diagnostics);
      }
      if (path.extension() != ".yaml") continue;
      std::optional<std::string> text = ReadFile(path, diagnostics);
      if (text.has_value()) files.push_back(DefinitionFile{path.string(), *std::move(text)});
    }
  }
  return files;
}

std::shared_ptr<const DefinitionSet> DefinitionSet::Load(
    const std::vector<std::string>& directories, config::Diagnostics* diagnostics,
    const DefinitionSet* before) {
  const std::vector<DefinitionFile> read = ReadDefinitionDirectories(directories, diagnostics);
  std::vector<DefinitionText> texts = BuiltinDefinitions();
  for (const DefinitionFile& file : read) texts.push_back(DefinitionText{file.file, file.text});

  std::shared_ptr<DefinitionSet> set(new DefinitionSet);
  std::map<std::string, std::string> file_of;
  for (const DefinitionText& text : texts) {
    definition::v1::Definition definition;
    const config::SourceMap places =
        config::ReadYaml(text.file, text.text, &definition, diagnostics);
    const std::shared_ptr<const Program> program = Compile(definition, places, diagnostics);
    const auto [first, is_first] = file_of.emplace(definition.provider(), text.file);
    if (!is_first && !definition.provider().empty()) {
      diagnostics->Add(places.At(
          "provider",
          absl::StrCat("\"", definition.provider(), "\" is defined already, in ", first->second)));
    }
    if (program != nullptr) {
      set->programs_.emplace(program->provider(), TheOneBefore(before, program));
    } else {
      set->broken_.insert(definition.provider());
    }
  }
  diagnostics->Sort();
  return set;
}

absl::StatusOr<std::shared_ptr<const Program>> DefinitionSet::Find(
    absl::string_view provider) const {
  const auto found = programs_.find(std::string(provider));
  if (found != programs_.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [name, program] : programs_) known.push_back(name);
  return absl::NotFoundError(absl::StrCat("there is no definition of a provider \"", provider, "\"",
                                          base::Suggestion(provider, known, "known are")));
}

}  // namespace sessionbroker::login
