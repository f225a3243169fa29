#ifndef SESSIONBROKER_SERVICE_CONFIG_SETTINGS_H_
#define SESSIONBROKER_SERVICE_CONFIG_SETTINGS_H_

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/config/diagnostics.h"
#include "service/config/listen_address.h"
#include "service/config/renewal.h"
#include "service/config/source_map.h"

// The configuration as the broker uses it: proto/sessionbroker/config/v1/config.proto with its
// defaults filled in, its limits checked and its file names resolved. What needs another layer to
// judge (a base URL, a provider's name, what a secret file holds) is as it was written; `path` of
// each part leads to its place in the file.
namespace sessionbroker::config {

// A server certificate and its key.
struct TlsFiles {
  std::string certificate_file;
  std::string key_file;

  friend bool operator==(const TlsFiles& a, const TlsFiles& b) = default;
};

// Whose tokens are taken.
struct Tokens {
  std::string issuer;
  std::string audience;
  std::string keys_file;

  friend bool operator==(const Tokens& a, const Tokens& b) = default;
};

// How callers on a listener are known.
struct Callers {
  bool loopback = false;
  // The name of a Unix socket's callers, unchecked. Stands at PATH.callers.unix.
  std::optional<std::string> unix_name;
  // Stands at PATH.callers.certificate.ca_file.
  std::optional<std::string> ca_file;
  // Stands at PATH.callers.token.
  std::optional<Tokens> tokens;

  friend bool operator==(const Callers& a, const Callers& b) = default;
};

// One address on which callers are served.
struct Listener {
  // "listeners[0]".
  std::string path;
  ListenAddress address;
  // Unset: plaintext; then the address is local or the operator insists.
  std::optional<TlsFiles> tls;
  Callers callers;

  friend bool operator==(const Listener& a, const Listener& b) = default;
};

// A secret in a file.
struct SecretFile {
  std::string file;
  bool allow_world_readable = false;
};

// A secret in the environment.
struct SecretVariable {
  std::string name;
};

// A secret in the configuration file itself: not wiped, for trying things out.
struct InlineSecret {
  std::string text;
};
void PrintTo(const InlineSecret& secret, std::ostream* out);

using SecretSource = std::variant<SecretFile, SecretVariable, InlineSecret>;

// One login at one provider.
struct Account {
  // "accounts[3]".
  std::string path;
  // The provider may not exist.
  base::AccountId id;
  // Not empty, otherwise unchecked.
  std::string base_url;
  // By name; a parameter stands at PATH.parameters.NAME, a secret at PATH.secrets.NAME.
  std::map<std::string, std::string> parameters;
  std::map<std::string, SecretSource> secrets;
  // More than zero. Unset: as the definition says.
  std::optional<absl::Duration> idle;
  std::optional<absl::Duration> absolute;
  // Stands at PATH.renewal.
  Renewal renewal;
  bool allow_secret_in_url = false;
  // Unchecked. One stands at PATH.origins[2].
  std::vector<std::string> origins;
};

// What a caller may do.
enum class Action { kGet, kList, kInvalidate, kOperate, kSign, kCall, kWatch };

// Which requests may be signed or sent; unchecked. One stands at PATH.methods[0],
// PATH.path_prefixes[0] or PATH.parameters.NAME.
struct RequestLimits {
  std::vector<std::string> methods;
  std::vector<std::string> path_prefixes;
  std::map<std::string, std::vector<std::string>> parameters;

  friend bool operator==(const RequestLimits& a, const RequestLimits& b) = default;
};

// A permission. None of the first three is empty.
struct Rule {
  // "rules[2]".
  std::string path;
  // Not empty, otherwise unchecked. One stands at PATH.callers[2].
  std::vector<std::string> callers;
  // "PROVIDER/ACCOUNT", either with "*" for any run of characters.
  std::vector<std::string> accounts;
  std::vector<Action> actions;
  // Stands at PATH.requests; empty: no limits.
  RequestLimits requests;

  friend bool operator==(const Rule& a, const Rule& b) = default;
};

// How the broker speaks to providers.
struct Outbound {
  std::string user_agent = "session-broker/1";
  int max_logins_in_flight = 512;
  // Of one account.
  int max_logins_per_hour = 30;
  absl::Duration login_timeout = absl::Seconds(30);
  absl::Duration request_timeout = absl::Seconds(10);
  int max_calls_in_flight = 512;
  absl::Duration call_timeout = absl::Seconds(30);
  // Unset: the system's certificates.
  std::optional<std::string> ca_file;
  // Unset: the name of the host.
  std::optional<std::string> egress;
};

// Where the audit log goes.
struct Audit {
  enum class Sink { kFile, kStdout, kStderr };

  Sink sink = Sink::kStdout;
  // Of kFile.
  std::string file;
  bool required = true;
  int max_queued = 65536;

  friend bool operator==(const Audit& a, const Audit& b) = default;
};

// What one caller may take; each at least 1.
struct Limits {
  int calls_per_second = 100000;
  int calls_in_flight = 20000;
  int streams = 20000;
  int logins_per_hour = 10000;

  friend bool operator==(const Limits& a, const Limits& b) = default;
};

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// All of it. A value.
struct Settings {
  // At least one; no address stands twice, the admin address included.
  std::vector<Listener> listeners;
  // TCP. Stands at "admin.address".
  std::optional<ListenAddress> admin;
  // Empty: in memory.
  std::string state_directory;
  bool allow_network_file_system = false;
  bool allow_nonces_in_memory = false;
  // One stands at "sealing_keys[0]".
  std::vector<SecretSource> sealing_keys;
  std::vector<std::string> definition_directories;
  // Each id stands once.
  std::vector<Account> accounts;
  // One stands at "account_files[0]".
  std::vector<std::string> account_files;
  // With "{account}" and "{name}" in it; empty: there is none.
  std::string secret_file_template;
  std::vector<Rule> rules;
  Outbound outbound;
  // The file, where there is one, stands at "audit.file".
  Audit audit;
  Limits limits;
  LogLevel log_level = LogLevel::kInfo;
  // Where it all stands, for mistakes that are found later.
  SourceMap places{""};
};

// Reads `text`, the content of `file`. Nothing if there was a mistake; all of them go into
// `diagnostics`, in the order of the file.
std::optional<Settings> ReadSettings(const std::string& file, absl::string_view text,
                                     Diagnostics* diagnostics);

// The same for a file that is still to be read; that it cannot be read is a mistake like others.
std::optional<Settings> LoadSettings(const std::string& file, Diagnostics* diagnostics);

// The same, but what was right is returned in any case, so that a report can go on with it; what
// was wrong is empty, left out or as it was written.
Settings LoadWhatIsRight(const std::string& file, Diagnostics* diagnostics);

// Where the path of an account that stands on a line of its own begins.
inline constexpr char kAccountLinePath[] = "account";

// Line `line` of an account file: an account as under `accounts:`, written as a JSON object. Files
// that it names are relative to `directory`. Nothing if there was a mistake; all of them go into
// `diagnostics`.
std::optional<Account> ReadAccountLine(const std::string& file, int line, absl::string_view text,
                                       const std::string& directory, Diagnostics* diagnostics);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_SETTINGS_H_
