#include "service/app/account_catalog.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/app/account_builder.h"
#include "service/app/configured_sequences.h"
#include "service/base/error.h"
#include "service/config/file_path.h"
#include "service/config/text_file.h"
#include "service/login/program.h"

namespace sessionbroker::app {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 30;
constexpr std::size_t kMaxMistakes = 100;
constexpr std::size_t kMaxThreads = 8;
// A thread is not worth less.
constexpr std::size_t kMinLinesOfAThread = 10'000;

// What makes accounts of lines.
struct LineReader {
  const std::string& file;
  const std::string directory;
  const AccountCatalog::Basis& basis;

  // nullptr: there is a mistake.
  std::shared_ptr<const login::Account> Read(int line, absl::string_view text, bool read_secrets,
                                             config::Diagnostics* diagnostics) const {
    const std::optional<config::Account> account =
        config::ReadAccountLine(file, line, text, directory, diagnostics);
    if (!account.has_value()) return nullptr;
    const config::SourceMap places = [&] {
      config::SourceMap at_line(file);
      at_line.Set(account->path, {.line = line, .column = 0});
      return at_line;
    }();
    for (const auto& [name, source] : account->secrets) {
      if (!std::holds_alternative<config::SecretVariable>(source)) continue;
      diagnostics->Add(places.At(absl::StrCat(account->path, ".secrets.", name),
                                 "a variable of the environment goes with an account of the "
                                 "configuration itself only"));
      return nullptr;
    }
    return BuildAccountOfLine(
        *account,
        {.places = places,
         .secret_file_template = basis.secret_file_template,
         .secrets = read_secrets ? SecretReading::kNow : SecretReading::kLater},
        *basis.definitions, diagnostics);
  }
};

}  // namespace

// One file. Immutable.
class AccountCatalog::File {
 public:
  // Which content a path leads to: what is written anew, or swapped, has another.
  struct Identity {
    std::array<int64_t, 7> parts = {};

    friend bool operator==(const Identity& a, const Identity& b) = default;
  };

  static std::optional<Identity> IdentityOf(const std::string& path) {
    struct stat info = {};
    if (stat(path.c_str(), &info) != 0) return std::nullopt;
    return Identity{{static_cast<int64_t>(info.st_dev), static_cast<int64_t>(info.st_ino),
                     info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ctim.tv_sec,
                     info.st_ctim.tv_nsec}};
  }

  static std::shared_ptr<const File> Read(const std::string& path, const Basis& basis,
                                          bool read_secrets, config::Diagnostics* diagnostics) {
    auto file = std::make_shared<File>();
    file->path = path;
    // Before the reading: what changes meanwhile is another one the next time.
    if (const auto identity = IdentityOf(path)) file->identity = *identity;
    absl::StatusOr<std::string> text = config::ReadTextFile(path, kMaxFileBytes);
    if (!text.ok()) {
      diagnostics->Add({path, {}, "", std::string(text.status().message())});
      return file;
    }
    file->text = *std::move(text);
    file->CheckLines(basis, read_secrets, diagnostics);
    return file;
  }

  base::AccountIdView IdOf(std::size_t i) const {
    const Entry& entry = entries[i];
    return {providers[entry.provider],
            absl::string_view(names).substr(entry.name_at, entry.name_size)};
  }

  // The first entry that is not before `id`.
  std::size_t LowerBound(base::AccountIdView id) const {
    std::size_t low = 0;
    std::size_t high = entries.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (IdOf(middle) < id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  absl::string_view TextOf(std::size_t i) const {
    return absl::string_view(text).substr(entries[i].text_at, entries[i].text_size);
  }

  struct Entry {
    uint64_t text_at = 0;
    uint64_t name_at = 0;
    uint32_t text_size = 0;
    uint32_t line = 0;
    uint16_t provider = 0;
    uint16_t name_size = 0;
  };

  std::string path;
  Identity identity;
  std::string text;
  std::string names;
  std::vector<std::string> providers;
  // In the order of ids.
  std::vector<Entry> entries;
  std::set<std::string> providers_with_nonces;
  std::vector<nonces::SequenceUse> sequences;

 private:
  // What one thread has found.
  struct Part {
    struct Found {
      Entry entry;
      base::AccountId id;
    };
    std::vector<Found> found;
    std::set<std::string> providers_with_nonces;
    std::vector<nonces::SequenceUse> sequences;
    config::Diagnostics mistakes;
  };

  void CheckLines(const Basis& basis, bool read_secrets, config::Diagnostics* diagnostics) {
    std::vector<Entry> lines;
    uint32_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = text.find('\n', at);
      if (end == std::string::npos) end = text.size();
      ++number;
      const absl::string_view line =
          absl::StripAsciiWhitespace(absl::string_view(text).substr(at, end - at));
      if (!line.empty()) {
        lines.push_back({.text_at = static_cast<uint64_t>(line.data() - text.data()),
                         .text_size = static_cast<uint32_t>(line.size()),
                         .line = number});
      }
      at = end + 1;
    }
    const std::size_t threads = std::clamp<std::size_t>(
        lines.size() / kMinLinesOfAThread, 1,
        std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMaxThreads));
    std::vector<Part> parts(threads);
    std::vector<std::thread> workers;
    const auto check = [&](std::size_t part) {
      const std::size_t begin = lines.size() * part / threads;
      const std::size_t end = lines.size() * (part + 1) / threads;
      for (std::size_t i = begin; i < end; ++i) {
        if (parts[part].mistakes.list().size() >= kMaxMistakes) break;
        CheckLine(lines[i], basis, read_secrets, &parts[part]);
      }
    };
    for (std::size_t part = 1; part < threads; ++part) workers.emplace_back(check, part);
    check(0);
    for (std::thread& worker : workers) worker.join();
    Join(std::move(parts), diagnostics);
  }

  void CheckLine(const Entry& entry, const Basis& basis, bool read_secrets, Part* part) const {
    const LineReader reader{path, config::DirectoryOf(path), basis};
    const auto account = reader.Read(static_cast<int>(entry.line),
                                     absl::string_view(text).substr(entry.text_at, entry.text_size),
                                     read_secrets, &part->mistakes);
    if (account == nullptr) return;
    if (!account->program->sequences().empty()) {
      part->providers_with_nonces.insert(account->id.provider);
      for (nonces::SequenceUse& use : SequenceUsesOf(*account)) {
        part->sequences.push_back(std::move(use));
      }
    }
    part->found.push_back({entry, account->id});
  }

  void Join(std::vector<Part> parts, config::Diagnostics* diagnostics) {
    std::vector<Part::Found> all;
    std::size_t mistakes = 0;
    for (Part& part : parts) {
      std::move(part.found.begin(), part.found.end(), std::back_inserter(all));
      part.found = {};
      providers_with_nonces.merge(part.providers_with_nonces);
      std::move(part.sequences.begin(), part.sequences.end(), std::back_inserter(sequences));
      for (const config::Diagnostic& mistake : part.mistakes.list()) {
        if (++mistakes <= kMaxMistakes) diagnostics->Add(mistake);
      }
    }
    std::sort(all.begin(), all.end(),
              [](const Part::Found& a, const Part::Found& b) { return a.id < b.id; });
    entries.reserve(all.size());
    for (const Part::Found& found : all) {
      Entry entry = found.entry;
      if (providers.empty() || providers.back() != found.id.provider) {
        providers.push_back(found.id.provider);
      }
      entry.provider = static_cast<uint16_t>(providers.size() - 1);
      entry.name_at = names.size();
      entry.name_size = static_cast<uint16_t>(found.id.account.size());
      names += found.id.account;
      entries.push_back(entry);
    }
    names.shrink_to_fit();
  }
};

AccountCatalog::~AccountCatalog() = default;

std::shared_ptr<const AccountCatalog> AccountCatalog::Load(
    const config::Settings& settings, std::shared_ptr<const login::DefinitionSet> definitions,
    bool read_secrets, const AccountCatalog* before, config::Diagnostics* diagnostics) {
  auto catalog = std::shared_ptr<AccountCatalog>(new AccountCatalog);
  catalog->basis_ = {.definitions = std::move(definitions),
                     .secret_file_template = settings.secret_file_template};
  const bool may_take_over =
      before != nullptr && before->basis_.secret_file_template == settings.secret_file_template &&
      before->basis_.definitions->programs() == catalog->basis_.definitions->programs();
  for (const std::string& path : settings.account_files) {
    std::shared_ptr<const File> file;
    if (may_take_over) {
      const auto same = std::find_if(
          before->files_.begin(), before->files_.end(),
          [&](const std::shared_ptr<const File>& read) {
            return read->path == path && File::IdentityOf(path) == std::optional(read->identity);
          });
      if (same != before->files_.end()) file = *same;
    }
    if (file == nullptr) file = File::Read(path, catalog->basis_, read_secrets, diagnostics);
    catalog->providers_with_nonces_.insert(file->providers_with_nonces.begin(),
                                           file->providers_with_nonces.end());
    catalog->sequences_.insert(catalog->sequences_.end(), file->sequences.begin(),
                               file->sequences.end());
    catalog->files_.push_back(std::move(file));
  }
  catalog->CheckThatIdsAreUnique(settings, diagnostics);
  return catalog;
}

void AccountCatalog::CheckThatIdsAreUnique(const config::Settings& settings,
                                           config::Diagnostics* diagnostics) const {
  std::size_t mistakes = 0;
  const auto add = [&](const File& file, const File::Entry& entry, base::AccountIdView id,
                       const std::string& where) {
    if (++mistakes > kMaxMistakes) return;
    diagnostics->Add(
        {file.path,
         {.line = static_cast<int>(entry.line), .column = 0},
         absl::StrCat(config::kAccountLinePath, ".account"),
         absl::StrCat("the account ", config::Shown(id.ToString()), " is already ", where)});
  };
  for (std::size_t f = 0; f < files_.size(); ++f) {
    const File& file = *files_[f];
    for (std::size_t i = 0; i < file.entries.size(); ++i) {
      const base::AccountIdView id = file.IdOf(i);
      if (i > 0 && file.IdOf(i - 1) == id) {
        const auto [first, second] = std::minmax(file.entries[i - 1].line, file.entries[i].line);
        File::Entry later = file.entries[i];
        later.line = second;
        add(file, later, id, absl::StrCat("on line ", first));
      }
      for (std::size_t other = 0; other < f; ++other) {
        const std::size_t at = files_[other]->LowerBound(id);
        if (at < files_[other]->entries.size() && files_[other]->IdOf(at) == id) {
          add(file, file.entries[i], id,
              absl::StrCat("on line ", files_[other]->entries[at].line, " of ",
                           files_[other]->path));
        }
      }
    }
    for (const config::Account& account : settings.accounts) {
      const std::size_t at = file.LowerBound(account.id);
      if (at < file.entries.size() && file.IdOf(at) == base::AccountIdView(account.id)) {
        add(file, file.entries[at], account.id, "in the configuration");
      }
    }
  }
}

std::size_t AccountCatalog::size() const {
  std::size_t size = 0;
  for (const auto& file : files_) size += file->entries.size();
  return size;
}

std::set<std::string> AccountCatalog::providers() const {
  std::set<std::string> all;
  for (const auto& file : files_) all.insert(file->providers.begin(), file->providers.end());
  return all;
}

bool AccountCatalog::Has(base::AccountIdView id) const {
  return std::any_of(files_.begin(), files_.end(), [&](const std::shared_ptr<const File>& file) {
    const std::size_t at = file->LowerBound(id);
    return at < file->entries.size() && file->IdOf(at) == id;
  });
}

std::vector<base::AccountId> AccountCatalog::List(base::AccountIdView from, bool inclusive,
                                                  std::size_t limit) const {
  std::vector<base::AccountId> ids;
  for (const auto& file : files_) {
    std::size_t at = file->LowerBound(from);
    if (!inclusive && at < file->entries.size() && file->IdOf(at) == from) ++at;
    for (std::size_t taken = 0; at < file->entries.size() && taken < limit; ++at, ++taken) {
      const base::AccountIdView id = file->IdOf(at);
      ids.push_back({std::string(id.provider), std::string(id.account)});
    }
  }
  std::sort(ids.begin(), ids.end());
  if (ids.size() > limit) ids.resize(limit);
  return ids;
}

absl::StatusOr<std::shared_ptr<const login::Account>> AccountCatalog::Build(
    base::AccountIdView id) const {
  for (const auto& file : files_) {
    const std::size_t at = file->LowerBound(id);
    if (at == file->entries.size() || !(file->IdOf(at) == id)) continue;
    const LineReader reader{file->path, config::DirectoryOf(file->path), basis_};
    config::Diagnostics mistakes;
    auto account = reader.Read(static_cast<int>(file->entries[at].line), file->TextOf(at),
                               /*read_secrets=*/true, &mistakes);
    if (account != nullptr) return account;
    // The rest was checked when the file was read.
    return base::MakeError(base::Reason::kSecretUnavailable, mistakes.ToString());
  }
  return base::MakeError(base::Reason::kAccountUnknown,
                         absl::StrCat("no account ", id.ToString(), " is configured"));
}

bool AccountCatalog::IsSameAs(const AccountCatalog& other) const {
  const bool same_files =
      std::equal(files_.begin(), files_.end(), other.files_.begin(), other.files_.end(),
                 [](const std::shared_ptr<const File>& a, const std::shared_ptr<const File>& b) {
                   return a == b || (a->path == b->path && a->text == b->text);
                 });
  return same_files && basis_.secret_file_template == other.basis_.secret_file_template &&
         basis_.definitions->programs() == other.basis_.definitions->programs();
}

}  // namespace sessionbroker::app
