#include "service/app/configuration_change.h"

#include <map>
#include <utility>

#include "absl/algorithm/container.h"

namespace sessionbroker::app {
namespace {

// Compares a field and takes it over from the running configuration.
class Keeper {
 public:
  template <typename T>
  void Keep(const char* field, const T& running, T* next) {
    if (running == *next) return;
    *next = running;
    changed_.emplace_back(field);
  }

  std::vector<std::string> changed() && { return std::move(changed_); }

 private:
  std::vector<std::string> changed_;
};

std::vector<std::string> IdsOf(const std::optional<crypto::SealingKeys>& keys) {
  return keys.has_value() ? keys->ids() : std::vector<std::string>();
}

}  // namespace

ConfigurationChange Compare(const Configuration& now, const Configuration& next) {
  ConfigurationChange change;
  change.rules = !(now.settings.rules == next.settings.rules);
  change.listeners = !absl::c_equal(
      now.listeners, next.listeners,
      [](const GrpcListener& a, const GrpcListener& b) { return a.material == b.material; });
  change.log_level = now.settings.log_level != next.settings.log_level;
  change.catalog = !now.catalog->IsSameAs(*next.catalog);
  std::map<base::AccountIdView, const login::Account*> known;
  for (const auto& account : now.accounts) known.emplace(account->id, account.get());
  for (const auto& account : next.accounts) {
    const auto before = known.find(account->id);
    const bool same = before != known.end() && *before->second == *account;
    if (before != known.end()) known.erase(before);
    if (!same) change.configured.push_back(account);
  }
  for (const auto& [id, account] : known) change.removed.push_back(account->id);
  return change;
}

std::vector<std::string> KeepWhatCannotChange(const Configuration& running, Configuration* next) {
  Keeper keeper;
  const config::Settings& now = running.settings;
  config::Settings& later = next->settings;
  if (!(now.listeners == later.listeners)) next->listeners = running.listeners;
  keeper.Keep("listeners", now.listeners, &later.listeners);
  keeper.Keep("admin", now.admin, &later.admin);
  keeper.Keep("state_directory", now.state_directory, &later.state_directory);
  keeper.Keep("allow_network_file_system", now.allow_network_file_system,
              &later.allow_network_file_system);
  keeper.Keep("allow_nonces_in_memory", now.allow_nonces_in_memory, &later.allow_nonces_in_memory);
  std::vector<std::string> keys = IdsOf(next->sealing_keys);
  keeper.Keep("sealing_keys", IdsOf(running.sealing_keys), &keys);
  next->sealing_keys = running.sealing_keys;
  later.sealing_keys = now.sealing_keys;
  keeper.Keep("audit", now.audit, &later.audit);
  keeper.Keep("limits", now.limits, &later.limits);
  const config::Outbound& outbound = now.outbound;
  config::Outbound& outbound_later = later.outbound;
  keeper.Keep("outbound.user_agent", outbound.user_agent, &outbound_later.user_agent);
  keeper.Keep("outbound.max_logins_in_flight", outbound.max_logins_in_flight,
              &outbound_later.max_logins_in_flight);
  keeper.Keep("outbound.max_logins_per_hour", outbound.max_logins_per_hour,
              &outbound_later.max_logins_per_hour);
  keeper.Keep("outbound.login_timeout", outbound.login_timeout, &outbound_later.login_timeout);
  keeper.Keep("outbound.max_calls_in_flight", outbound.max_calls_in_flight,
              &outbound_later.max_calls_in_flight);
  keeper.Keep("outbound.call_timeout", outbound.call_timeout, &outbound_later.call_timeout);
  keeper.Keep("outbound.request_timeout", outbound.request_timeout,
              &outbound_later.request_timeout);
  keeper.Keep("outbound.ca_file", outbound.ca_file, &outbound_later.ca_file);
  keeper.Keep("outbound.egress", outbound.egress, &outbound_later.egress);
  return std::move(keeper).changed();
}

}  // namespace sessionbroker::app
