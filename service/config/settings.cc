#include "service/config/settings.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "service/config/document.h"
#include "service/config/file_path.h"
#include "service/config/json_tree.h"
#include "service/config/proto_mapper.h"
#include "service/config/text_file.h"
#include "service/config/yaml_tree.h"
#include "sessionbroker/config/v1/config.pb.h"

namespace sessionbroker::config {
namespace {

constexpr std::size_t kMaxAccountName = 128;
constexpr std::size_t kMaxEgressName = 63;
constexpr std::size_t kMaxUserAgent = 256;
constexpr int kMaxInFlight = 4096;
constexpr int kMinQueued = 1000;
constexpr int kMaxQueued = 10000000;
constexpr int kMaxOfOneCaller = 1000000;
constexpr char kInMemory[] = "memory";

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

bool IsAccountName(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxAccountName &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::string_view("._-@+").find(c) != absl::string_view::npos;
         });
}

bool IsEgressName(absl::string_view text) {
  return text.size() <= kMaxEgressName && IsAccountName(text) &&
         text.find_first_of("@+") == absl::string_view::npos;
}

// As a name, with "*" anywhere.
bool IsNamePattern(absl::string_view text) {
  const std::string without_stars = [text] {
    std::string rest;
    std::copy_if(text.begin(), text.end(), std::back_inserter(rest),
                 [](char c) { return c != '*'; });
    return rest;
  }();
  return !text.empty() && (without_stars.empty() || IsAccountName(without_stars));
}

// Makes settings of a message and judges what they mean; what they look like (missing, empty, of
// another type) the reader of the message has judged, so a field that is empty here is passed over.
class Checker {
 public:
  // `diagnostics` holds what the reader has reported.
  Checker(std::string directory, Settings* settings, Diagnostics* diagnostics)
      : directory_(std::move(directory)), settings_(settings), diagnostics_(diagnostics) {
    for (const Diagnostic& known : diagnostics->list()) misread_.insert(known.path);
  }

  void Check(const v1::Config& config) {
    for (int i = 0; i < config.listeners_size(); ++i) {
      AddListener(config.listeners(i), absl::StrCat("listeners[", i, "]"));
    }
    if (config.has_admin()) AddAdmin(config.admin());
    ReadState(config);
    for (int i = 0; i < config.sealing_keys_size(); ++i) {
      settings_->sealing_keys.push_back(
          ReadSource(config.sealing_keys(i), absl::StrCat("sealing_keys[", i, "]")));
    }
    for (int i = 0; i < config.definition_directories_size(); ++i) {
      AddDefinitionDirectory(config.definition_directories(i),
                             absl::StrCat("definition_directories[", i, "]"));
    }
    for (int i = 0; i < config.accounts_size(); ++i) {
      AddAccount(config.accounts(i), absl::StrCat("accounts[", i, "]"));
    }
    for (int i = 0; i < config.account_files_size(); ++i) {
      AddAccountFile(config.account_files(i), absl::StrCat("account_files[", i, "]"));
    }
    if (config.has_secret_file_template()) ReadSecretFileTemplate(config.secret_file_template());
    for (int i = 0; i < config.rules_size(); ++i) {
      AddRule(config.rules(i), absl::StrCat("rules[", i, "]"));
    }
    ReadOutbound(config.outbound());
    ReadAudit(config.audit());
    ReadLimits(config.limits());
    settings_->log_level = LevelOf(config.log().level());
  }

  void CheckAccount(const v1::Account& account, const std::string& path) {
    AddAccount(account, path);
  }

 private:
  void Add(const std::string& path, std::string message) {
    diagnostics_->Add(settings_->places.At(path, std::move(message)));
  }

  void AddExpected(const std::string& path, absl::string_view expected, absl::string_view found) {
    Add(path, absl::StrCat("expected ", expected, ", found ", Shown(found)));
  }

  // A file name of the field at `path`.
  std::string Path(const std::string& path, const std::string& name) {
    CheckNotEmpty(path, name);
    return name.empty() ? "" : ResolvePath(name, directory_);
  }

  // For fields that are not required; an empty one of a wrong type has been reported.
  void CheckNotEmpty(const std::string& path, const std::string& text) {
    if (text.empty() && WasRead(path)) Add(path, "must not be empty");
  }

  bool WasRead(const std::string& path) const {
    return settings_->places.Has(path) && !misread_.contains(path);
  }

  // The line of the first of equal values, once each.
  std::optional<int> FirstLine(std::map<std::string, int>* lines, const std::string& value,
                               const std::string& path) {
    const auto [first, is_new] = lines->emplace(value, settings_->places.Find(path).line);
    if (is_new) return std::nullopt;
    return first->second;
  }

  std::optional<ListenAddress> ReadAddress(const std::string& text, const std::string& path) {
    if (text.empty()) return std::nullopt;
    absl::StatusOr<ListenAddress> address = ListenAddress::Create(text, directory_);
    if (!address.ok()) {
      AddExpected(path, address.status().message(), text);
      return std::nullopt;
    }
    // The system chooses a different port each time.
    if (address->is_unix() || address->port() != 0) {
      if (const auto line = FirstLine(&address_lines_, address->ToString(), path)) {
        Add(path, absl::StrCat("the address is already on line ", *line));
      }
    }
    return *std::move(address);
  }

  void AddListener(const v1::Listener& listener, const std::string& path) {
    const std::string address_path = absl::StrCat(path, ".address");
    std::optional<ListenAddress> address = ReadAddress(listener.address(), address_path);
    std::optional<TlsFiles> tls;
    if (listener.has_tls()) {
      tls = TlsFiles{
          Path(absl::StrCat(path, ".tls.certificate_file"), listener.tls().certificate_file()),
          Path(absl::StrCat(path, ".tls.key_file"), listener.tls().key_file())};
      if (listener.insecure_plaintext()) {
        Add(absl::StrCat(path, ".insecure_plaintext"), "excludes \"tls\"");
      }
    }
    if (!address.has_value()) return;
    if (!tls.has_value() && !address->is_local() && !listener.insecure_plaintext()) {
      Add(address_path,
          absl::StrCat("other machines reach ", Shown(listener.address()),
                       ": set \"tls\", or \"insecure_plaintext: true\" if sessions may be read on "
                       "the wire"));
    }
    Callers callers = ReadCallers(listener, *address, path);
    settings_->listeners.push_back({path, *std::move(address), std::move(tls), std::move(callers)});
  }

  Callers ReadCallers(const v1::Listener& listener, const ListenAddress& address,
                      const std::string& path) {
    Callers result;
    if (!listener.has_callers()) {
      // Behind a proxy on its own machine everybody would be "loopback".
      result.loopback = address.is_local();
      return result;
    }
    const v1::Callers& callers = listener.callers();
    const std::string at = absl::StrCat(path, ".callers");
    result.loopback = callers.loopback();
    if (callers.has_unix()) {
      result.unix_name = callers.unix();
      CheckNotEmpty(absl::StrCat(at, ".unix"), callers.unix());
      if (!address.is_unix()) Add(absl::StrCat(at, ".unix"), "goes with a Unix socket only");
      if (callers.loopback()) Add(absl::StrCat(at, ".loopback"), "excludes \"unix\"");
    }
    if (callers.has_certificate()) {
      result.ca_file =
          Path(absl::StrCat(at, ".certificate.ca_file"), callers.certificate().ca_file());
      if (!listener.has_tls()) Add(absl::StrCat(at, ".certificate"), "goes with \"tls\" only");
    }
    if (callers.has_token()) {
      result.tokens = Tokens{
          .issuer = callers.token().issuer(),
          .audience = callers.token().audience(),
          .keys_file = Path(absl::StrCat(at, ".token.keys_file"), callers.token().keys_file())};
      if (!listener.has_tls()) {
        Add(absl::StrCat(at, ".token"), "goes with \"tls\" only: who reads a token has it");
      }
    }
    const bool is_empty = !callers.loopback() && !callers.has_unix() &&
                          !callers.has_certificate() && !callers.has_token();
    if (is_empty && WasRead(at)) Add(at, "names no way in which callers are known");
    return result;
  }

  void AddAdmin(const v1::Admin& admin) {
    const std::string path = "admin.address";
    settings_->admin = ReadAddress(admin.address(), path);
    if (settings_->admin.has_value() && settings_->admin->is_unix()) {
      AddExpected(path, "\"HOST:PORT\" or \"[V6]:PORT\"", admin.address());
    }
  }

  void ReadState(const v1::Config& config) {
    const bool in_memory = config.state_directory() == kInMemory;
    if (!in_memory) settings_->state_directory = Path("state_directory", config.state_directory());
    settings_->allow_network_file_system = config.allow_network_file_system();
    if (in_memory && config.allow_network_file_system()) {
      Add("allow_network_file_system", "goes with a directory only");
    }
    settings_->allow_nonces_in_memory = config.allow_nonces_in_memory();
    if (!in_memory && config.allow_nonces_in_memory()) {
      Add("allow_nonces_in_memory", "goes with `state_directory: memory` only");
    }
  }

  void AddDefinitionDirectory(const std::string& name, const std::string& path) {
    std::string directory = Path(path, name);
    if (directory.empty()) return;
    if (const auto line = FirstLine(&directory_lines_, directory, path)) {
      Add(path, absl::StrCat("the directory is already on line ", *line));
    }
    settings_->definition_directories.push_back(std::move(directory));
  }

  void AddAccountFile(const std::string& name, const std::string& path) {
    std::string file = Path(path, name);
    if (file.empty()) return;
    if (const auto line = FirstLine(&account_file_lines_, file, path)) {
      Add(path, absl::StrCat("the file is already on line ", *line));
    }
    settings_->account_files.push_back(std::move(file));
  }

  void ReadSecretFileTemplate(const std::string& text) {
    const std::string path = "secret_file_template";
    settings_->secret_file_template = Path(path, text);
    for (const char* part : {"{account}", "{name}"}) {
      if (!text.empty() && !absl::StrContains(text, part)) {
        Add(path,
            absl::StrCat("expected a path with \"{account}\" and \"{name}\" in it; there is no \"",
                         part, "\""));
      }
    }
    const std::string rest =
        absl::StrReplaceAll(text, {{"{provider}", ""}, {"{account}", ""}, {"{name}", ""}});
    if (rest.find_first_of("{}") != std::string::npos) {
      Add(path, "what stands in braces is \"{provider}\", \"{account}\" or \"{name}\"");
    }
  }

  void AddAccount(const v1::Account& account, const std::string& path) {
    Account result;
    result.path = path;
    result.id = {account.provider(), account.account()};
    result.base_url = account.base_url();
    result.allow_secret_in_url = account.allow_secret_in_url();
    result.origins.assign(account.origins().begin(), account.origins().end());
    const std::string name_path = absl::StrCat(path, ".account");
    if (!account.account().empty() && !IsAccountName(account.account())) {
      AddExpected(name_path,
                  absl::StrCat("1 to ", kMaxAccountName,
                               " letters, digits, \".\", \"_\", \"-\", \"@\" or \"+\""),
                  account.account());
    }
    if (!account.provider().empty() && !account.account().empty()) {
      if (const auto line = FirstLine(&account_lines_, result.id.ToString(), name_path)) {
        Add(name_path, absl::StrCat("the account ", Shown(result.id.ToString()),
                                    " is already on line ", *line));
      }
    }
    for (const v1::Parameter& parameter : account.parameters()) {
      result.parameters[parameter.name()] = parameter.value();
    }
    for (const v1::Secret& secret : account.secrets()) {
      result.secrets[secret.name()] =
          ReadSource(secret, absl::StrCat(path, ".secrets.", secret.name()));
    }
    const std::string life_path = absl::StrCat(path, ".life");
    if (account.life().has_idle()) {
      result.idle = ReadLife(account.life().idle(), absl::StrCat(life_path, ".idle"));
    }
    if (account.life().has_absolute()) {
      result.absolute = ReadLife(account.life().absolute(), absl::StrCat(life_path, ".absolute"));
    }
    result.renewal =
        ReadRenewal(account.renewal(), [&](absl::string_view field, const std::string& message) {
          const std::string field_path = absl::StrCat(path, ".renewal.", field);
          if (WasRead(field_path)) Add(field_path, message);
        });
    settings_->accounts.push_back(std::move(result));
  }

  // Of a v1::Secret or v1::SealingKey. Never shows a value: one that stands in the wrong field may
  // be the secret.
  template <typename Message>
  SecretSource ReadSource(const Message& secret, const std::string& path) {
    SecretSource source;
    switch (secret.source_case()) {
      case Message::kFile:
        return SecretFile{Path(absl::StrCat(path, ".file"), secret.file()),
                          secret.allow_world_readable()};
      case Message::kEnv:
        CheckNotEmpty(absl::StrCat(path, ".env"), secret.env());
        if (secret.env().find('=') != std::string::npos) {
          Add(absl::StrCat(path, ".env"), "expected the name of a variable, which has no \"=\"");
        }
        source = SecretVariable{secret.env()};
        break;
      case Message::kInsecureInline:
        CheckNotEmpty(absl::StrCat(path, ".insecure_inline"), secret.insecure_inline());
        source = InlineSecret{secret.insecure_inline()};
        break;
      case Message::SOURCE_NOT_SET:
        return source;
    }
    if (secret.allow_world_readable()) {
      Add(absl::StrCat(path, ".allow_world_readable"), "goes with \"file\" only");
    }
    return source;
  }

  std::optional<absl::Duration> ReadLife(const google::protobuf::Duration& life,
                                         const std::string& path) {
    const absl::Duration duration = ToDuration(life);
    // What could not be read is zero too.
    if (duration <= absl::ZeroDuration()) {
      if (WasRead(path)) Add(path, "expected more than 0s");
      return std::nullopt;
    }
    return duration;
  }

  void AddRule(const v1::Rule& rule, const std::string& path) {
    Rule result;
    result.path = path;
    for (int i = 0; i < rule.callers_size(); ++i) {
      CheckNotEmpty(absl::StrCat(path, ".callers[", i, "]"), rule.callers(i));
      result.callers.push_back(rule.callers(i));
    }
    for (int i = 0; i < rule.accounts_size(); ++i) {
      CheckAccountPattern(rule.accounts(i), absl::StrCat(path, ".accounts[", i, "]"));
      result.accounts.push_back(rule.accounts(i));
    }
    for (const int action : rule.allow()) {
      if (const auto known = ActionOf(action)) result.actions.push_back(*known);
    }
    if (rule.has_requests()) ReadRequestLimits(rule.requests(), path, &result);
    settings_->rules.push_back(std::move(result));
  }

  void ReadRequestLimits(const v1::RequestLimits& limits, const std::string& path, Rule* rule) {
    const bool limits_something = std::any_of(
        rule->actions.begin(), rule->actions.end(),
        [](Action action) { return action == Action::kSign || action == Action::kCall; });
    if (!limits_something) {
      Add(absl::StrCat(path, ".requests"), "goes with sign or call in `allow` only");
    }
    rule->requests.methods.assign(limits.methods().begin(), limits.methods().end());
    rule->requests.path_prefixes.assign(limits.path_prefixes().begin(),
                                        limits.path_prefixes().end());
    for (const v1::ParameterLimit& parameter : limits.parameters()) {
      rule->requests.parameters[parameter.name()].assign(parameter.values().begin(),
                                                         parameter.values().end());
    }
  }

  void CheckAccountPattern(const std::string& pattern, const std::string& path) {
    CheckNotEmpty(path, pattern);
    if (pattern.empty()) return;
    const std::vector<std::string> parts = absl::StrSplit(pattern, '/');
    if (parts.size() == 2 && IsNamePattern(parts[0]) && IsNamePattern(parts[1])) return;
    AddExpected(path,
                "\"PROVIDER/ACCOUNT\", of letters, digits, \".\", \"_\", \"-\", \"@\", \"+\" and "
                "\"*\"",
                pattern);
  }

  void ReadOutbound(const v1::Outbound& outbound) {
    Outbound& result = settings_->outbound;
    if (outbound.has_user_agent()) {
      const std::string path = "outbound.user_agent";
      CheckNotEmpty(path, outbound.user_agent());
      const bool is_printable =
          std::all_of(outbound.user_agent().begin(), outbound.user_agent().end(),
                      [](char c) { return absl::ascii_isprint(static_cast<unsigned char>(c)); });
      if (!is_printable || outbound.user_agent().size() > kMaxUserAgent) {
        AddExpected(path, absl::StrCat("1 to ", kMaxUserAgent, " printable ASCII characters"),
                    outbound.user_agent());
      }
      result.user_agent = outbound.user_agent();
    }
    if (outbound.has_max_logins_per_hour()) {
      result.max_logins_per_hour =
          ReadCount("outbound.max_logins_per_hour", outbound.max_logins_per_hour(),
                    kMinLoginsPerHour, kMaxLoginsPerHour);
    }
    if (outbound.has_max_logins_in_flight()) {
      result.max_logins_in_flight = ReadCount("outbound.max_logins_in_flight",
                                              outbound.max_logins_in_flight(), 1, kMaxInFlight);
    }
    if (outbound.has_max_calls_in_flight()) {
      result.max_calls_in_flight = ReadCount("outbound.max_calls_in_flight",
                                             outbound.max_calls_in_flight(), 1, kMaxInFlight);
    }
    if (outbound.has_login_timeout()) {
      result.login_timeout =
          ReadTimeout(outbound.login_timeout(), "outbound.login_timeout", absl::Minutes(5));
    }
    if (outbound.has_request_timeout()) {
      result.request_timeout =
          ReadTimeout(outbound.request_timeout(), "outbound.request_timeout", absl::Minutes(2));
    }
    if (outbound.has_call_timeout()) {
      result.call_timeout =
          ReadTimeout(outbound.call_timeout(), "outbound.call_timeout", absl::Minutes(10));
    }
    if (outbound.has_ca_file()) result.ca_file = Path("outbound.ca_file", outbound.ca_file());
    if (outbound.has_egress()) {
      if (!IsEgressName(outbound.egress()) && WasRead("outbound.egress")) {
        AddExpected(
            "outbound.egress",
            absl::StrCat("1 to ", kMaxEgressName, " letters, digits, \".\", \"_\" or \"-\""),
            outbound.egress());
      }
      result.egress = outbound.egress();
    }
  }

  void ReadAudit(const v1::Audit& audit) {
    Audit& result = settings_->audit;
    if (audit.sink_case() == v1::Audit::kFile) {
      result.sink = Audit::Sink::kFile;
      result.file = Path("audit.file", audit.file());
    } else if (audit.stream() == v1::Audit::STREAM_STDERR) {
      result.sink = Audit::Sink::kStderr;
    }
    if (audit.has_required()) result.required = audit.required();
    if (audit.has_max_queued()) {
      result.max_queued = ReadCount("audit.max_queued", audit.max_queued(), kMinQueued, kMaxQueued);
    }
  }

  void ReadLimits(const v1::Limits& limits) {
    Limits& result = settings_->limits;
    const auto read = [this](const char* name, int value) {
      return ReadCount(absl::StrCat("limits.", name), value, 1, kMaxOfOneCaller);
    };
    if (limits.has_calls_per_second()) {
      result.calls_per_second = read("calls_per_second", limits.calls_per_second());
    }
    if (limits.has_calls_in_flight()) {
      result.calls_in_flight = read("calls_in_flight", limits.calls_in_flight());
    }
    if (limits.has_streams()) result.streams = read("streams", limits.streams());
    if (limits.has_logins_per_hour()) {
      result.logins_per_hour = read("logins_per_hour", limits.logins_per_hour());
    }
  }

  int ReadCount(const std::string& path, int count, int least, int most) {
    if ((count < least || count > most) && WasRead(path)) {
      Add(path, absl::StrCat("expected ", least, " to ", most, ", found ", count));
    }
    return count;
  }

  absl::Duration ReadTimeout(const google::protobuf::Duration& timeout, const std::string& path,
                             absl::Duration most) {
    const absl::Duration duration = ToDuration(timeout);
    if ((duration < absl::Seconds(1) || duration > most) && WasRead(path)) {
      Add(path, absl::StrCat("expected 1s to ", absl::FormatDuration(most), ", found ",
                             absl::FormatDuration(duration)));
    }
    return duration;
  }

  static std::optional<Action> ActionOf(int action) {
    switch (action) {
      case v1::ACTION_GET:
        return Action::kGet;
      case v1::ACTION_LIST:
        return Action::kList;
      case v1::ACTION_INVALIDATE:
        return Action::kInvalidate;
      case v1::ACTION_OPERATE:
        return Action::kOperate;
      case v1::ACTION_SIGN:
        return Action::kSign;
      case v1::ACTION_CALL:
        return Action::kCall;
      case v1::ACTION_WATCH:
        return Action::kWatch;
      default:
        return std::nullopt;
    }
  }

  static LogLevel LevelOf(v1::Log::Level level) {
    switch (level) {
      case v1::Log::LEVEL_DEBUG:
        return LogLevel::kDebug;
      case v1::Log::LEVEL_WARNING:
        return LogLevel::kWarning;
      case v1::Log::LEVEL_ERROR:
        return LogLevel::kError;
      default:
        return LogLevel::kInfo;
    }
  }

  const std::string directory_;
  Settings* const settings_;
  Diagnostics* const diagnostics_;
  // The paths of mistakes that the reader has reported.
  std::set<std::string> misread_;
  std::map<std::string, int> address_lines_;
  std::map<std::string, int> directory_lines_;
  std::map<std::string, int> account_file_lines_;
  std::map<std::string, int> account_lines_;
};

}  // namespace

void PrintTo(const InlineSecret& /*secret*/, std::ostream* out) { *out << "<redacted>"; }

Settings ReadWhatIsRight(const std::string& file, absl::string_view text,
                         Diagnostics* diagnostics) {
  Diagnostics found;
  v1::Config config;
  Settings settings;
  settings.places = ReadYaml(file, text, &config, &found);
  Checker(DirectoryOf(file), &settings, &found).Check(config);
  found.Sort();
  for (const Diagnostic& diagnostic : found.list()) diagnostics->Add(diagnostic);
  return settings;
}

Settings LoadWhatIsRight(const std::string& file, Diagnostics* diagnostics) {
  const absl::StatusOr<std::string> text = ReadTextFile(file, kMaxYamlBytes);
  if (text.ok()) return ReadWhatIsRight(file, *text, diagnostics);
  diagnostics->Add({file, Position(), "", std::string(text.status().message())});
  return Settings();
}

std::optional<Settings> ReadSettings(const std::string& file, absl::string_view text,
                                     Diagnostics* diagnostics) {
  const std::size_t before = diagnostics->list().size();
  Settings settings = ReadWhatIsRight(file, text, diagnostics);
  if (diagnostics->list().size() != before) return std::nullopt;
  return settings;
}

std::optional<Settings> LoadSettings(const std::string& file, Diagnostics* diagnostics) {
  const std::size_t before = diagnostics->list().size();
  Settings settings = LoadWhatIsRight(file, diagnostics);
  if (diagnostics->list().size() != before) return std::nullopt;
  return settings;
}

std::optional<Account> ReadAccountLine(const std::string& file, int line, absl::string_view text,
                                       const std::string& directory, Diagnostics* diagnostics) {
  Diagnostics found;
  Settings settings;
  settings.places = SourceMap(file);
  if (const std::optional<YamlNode> root = ParseJson(file, line, text, &found)) {
    v1::Account account;
    MapToProto(*root, &account, &settings.places, &found, kAccountLinePath);
    Checker(directory, &settings, &found).CheckAccount(account, kAccountLinePath);
  }
  if (found.empty()) return std::move(settings.accounts.front());
  for (const Diagnostic& mistake : found.list()) diagnostics->Add(mistake);
  return std::nullopt;
}

}  // namespace sessionbroker::config
