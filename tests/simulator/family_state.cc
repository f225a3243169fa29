#include "tests/simulator/family_state.h"

#include <utility>

namespace sessionbroker::simulator {

FamilyState::FamilyState(const Clock& clock, const Settings& settings)
    : settings_(settings), clock_(clock), first_settings_(settings) {}

Reply FamilyState::Handle(const Request& request) {
  MutexLock lock(mutex_);
  return Answer(request);
}

std::string FamilyState::UserOf(const Request& request) const {
  MutexLock lock(mutex_);
  const auto owner = owners_.find(SessionIn(request));
  return owner == owners_.end() ? "" : owner->second;
}

bool FamilyState::IsOf(const std::string& session, const std::string& user) const {
  if (user.empty()) return true;
  const auto owner = owners_.find(session);
  return owner != owners_.end() && owner->second == user;
}

void FamilyState::SetUser(User user) {
  MutexLock lock(mutex_);
  users_.Set(std::move(user));
}

Settings FamilyState::settings() const {
  MutexLock lock(mutex_);
  return settings_;
}

void FamilyState::Configure(const Settings& settings) {
  MutexLock lock(mutex_);
  settings_ = settings;
}

void FamilyState::QueueToken(std::string token) {
  MutexLock lock(mutex_);
  ids_.QueueToken(std::move(token));
}

void FamilyState::QueueSession(std::string session) {
  MutexLock lock(mutex_);
  ids_.QueueSession(std::move(session));
}

void FamilyState::Reset() {
  MutexLock lock(mutex_);
  Forget();
  owners_.clear();
  ids_ = Ids();
  settings_ = first_settings_;
}

}  // namespace sessionbroker::simulator
