#include "tests/simulator/simulator.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/simulator/abms.h"
#include "tests/simulator/control.h"
#include "tests/simulator/corebos.h"
#include "tests/simulator/exchange.h"
#include "tests/simulator/icash.h"
#include "tests/simulator/tipmoto.h"
#include "tests/simulator/vtiger.h"

namespace sessionbroker::simulator {
namespace {

// The family in "/family/webservice.php".
std::string FamilyOf(const std::string& path) {
  const size_t end = path.find('/', 1);
  return end == std::string::npos ? "" : path.substr(1, end - 1);
}

Reply NotFound() {
  Reply reply;
  reply.status = 404;
  reply.content_type = "text/html; charset=iso-8859-1";
  reply.body = "<html><head><title>404 Not Found</title></head><body>Not Found</body></html>";
  return reply;
}

}  // namespace

std::vector<std::pair<std::string, User>> Simulator::DemoUsers() {
  return {{"vtiger", {.name = "admin", .access_key = "vT9demoKey4Admin", .password = "admin"}},
          {"corebos", {.name = "admin", .access_key = "uDFh1i0O56xBHJ9c", .password = "admin"}},
          {"abms",
           {.name = "jane+crm@example.com", .access_key = "aB5demoKey4Jane0", .password = "jane"}},
          {"tipmoto", {.name = "VASLOGIN", .access_key = "tajneheslo"}},
          // From the sample code of the vendor's documentation.
          {"icash",
           {.name = "5kdkuujr8l50iv6yp504qxn2grnlhm2h",
            .access_key = "0ptpe0rekdtasktyj1nhjxhzbz1bk5n3"}}};
}

absl::StatusOr<std::unique_ptr<Simulator>> Simulator::Start(Options options) {
  std::unique_ptr<Simulator> simulator(new Simulator(options));
  if (absl::Status opened = simulator->Open(); !opened.ok()) return opened;
  return simulator;
}

Simulator::Simulator(const Options& options) : options_(options), clock_(options.frozen_time) {
  families_["vtiger"] = std::make_unique<VtigerFamily>(clock_);
  families_["corebos"] = std::make_unique<CorebosFamily>(clock_);
  families_["abms"] = std::make_unique<AbmsFamily>(clock_);
  families_["tipmoto"] = std::make_unique<TipmotoFamily>(clock_);
  families_["icash"] = std::make_unique<IcashFamily>(clock_);
  if (!options.demo_users) return;
  for (auto& [family, user] : DemoUsers()) families_[family]->SetUser(std::move(user));
}

Simulator::~Simulator() {
  // Nothing may reach the server once it goes.
  {
    MutexLock lock(ports_mutex_);
    dedicated_.clear();
  }
  plain_.reset();
  https_.reset();
  server_.reset();
}

absl::Status Simulator::Open() {
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Create({.max_connections = options_.max_connections,
                      .certificate_pem = options_.certificate_pem,
                      .private_key_pem = options_.private_key_pem},
                     *this);
  if (!server.ok()) return server.status();
  server_ = *std::move(server);

  const auto listen = [this](int port, bool tls) {
    return Listener::Create(options_.listen_address, port,
                            [this, tls](int fd) { server_->Serve(fd, tls, ""); });
  };
  absl::StatusOr<std::unique_ptr<Listener>> plain = listen(options_.port, false);
  if (!plain.ok()) return plain.status();
  plain_ = *std::move(plain);
  if (options_.certificate_pem.empty()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<Listener>> https = listen(options_.https_port, true);
  if (!https.ok()) return https.status();
  https_ = *std::move(https);
  return absl::OkStatus();
}

std::vector<std::string> Simulator::families() const {
  std::vector<std::string> names;
  for (const auto& [name, family] : families_) names.push_back(name);
  return names;
}

std::string Simulator::Url(const char* scheme, int port, const std::string& family) const {
  const std::string& address = options_.listen_address;
  std::string host = absl::StrContains(address, ':') ? absl::StrCat("[", address, "]") : address;
  if (address == "0.0.0.0") host = "127.0.0.1";
  if (address == "::") host = "[::1]";
  return absl::StrCat(scheme, "://", host, ":", port, "/", family);
}

std::string Simulator::url(const std::string& family) const { return Url("http", port(), family); }

std::string Simulator::https_url(const std::string& family) const {
  return Url("https", https_port(), family);
}

absl::StatusOr<std::string> Simulator::dedicated_url(const std::string& family) {
  MutexLock lock(ports_mutex_);
  const absl::StatusOr<Listener*> listener = Dedicated(family);
  if (!listener.ok()) return listener.status();
  return Url("http", (*listener)->port(), family);
}

absl::Status Simulator::SetPortMode(const std::string& family, PortMode mode) {
  MutexLock lock(ports_mutex_);
  const absl::StatusOr<Listener*> listener = Dedicated(family);
  if (!listener.ok()) return listener.status();
  if (absl::Status set = (*listener)->SetMode(mode); !set.ok()) return set;
  if (mode != PortMode::kOpen) server_->CloseGroup(family);
  return absl::OkStatus();
}

absl::StatusOr<Listener*> Simulator::Dedicated(const std::string& family) {
  if (const absl::StatusOr<Family*> found = Find(family); !found.ok()) return found.status();
  std::unique_ptr<Listener>& listener = dedicated_[family];
  if (listener == nullptr) {
    absl::StatusOr<std::unique_ptr<Listener>> made = Listener::Create(
        options_.listen_address, 0, [this, family](int fd) { server_->Serve(fd, false, family); });
    if (!made.ok()) return made.status();
    listener = *std::move(made);
  }
  return listener.get();
}

absl::StatusOr<Family*> Simulator::Find(const std::string& family) const {
  const auto found = families_.find(family);
  if (found != families_.end()) return found->second.get();
  return absl::NotFoundError(absl::StrCat("no family \"", family, "\""));
}

absl::Status Simulator::SetUser(const std::string& family, User user) {
  const absl::StatusOr<Family*> found = Find(family);
  if (found.ok()) (*found)->SetUser(std::move(user));
  return found.status();
}

absl::StatusOr<Settings> Simulator::settings(const std::string& family) const {
  const absl::StatusOr<Family*> found = Find(family);
  if (!found.ok()) return found.status();
  return (*found)->settings();
}

absl::Status Simulator::Configure(const std::string& family, const Settings& settings) {
  const absl::StatusOr<Family*> found = Find(family);
  if (found.ok()) (*found)->Configure(settings);
  return found.status();
}

absl::Status Simulator::KillSessions(const std::string& family, SessionEnd end,
                                     const std::string& user) {
  const absl::StatusOr<Family*> found = Find(family);
  if (found.ok()) (*found)->KillSessions(end, user);
  return found.status();
}

absl::Status Simulator::ExpireChallenges(const std::string& family) {
  const absl::StatusOr<Family*> found = Find(family);
  if (found.ok()) (*found)->ExpireChallenges();
  return found.status();
}

absl::Status Simulator::QueueToken(const std::string& family, std::string token) {
  const absl::StatusOr<Family*> found = Find(family);
  if (found.ok()) (*found)->QueueToken(std::move(token));
  return found.status();
}

absl::Status Simulator::QueueSession(const std::string& family, std::string session) {
  const absl::StatusOr<Family*> found = Find(family);
  if (found.ok()) (*found)->QueueSession(std::move(session));
  return found.status();
}

absl::Status Simulator::AddFault(Fault fault) {
  if (!fault.family.empty() && !Find(fault.family).ok()) {
    return absl::InvalidArgumentError(absl::StrCat("no family \"", fault.family, "\""));
  }
  faults_.Add(std::move(fault));
  return absl::OkStatus();
}

void Simulator::Reset() {
  for (const auto& [name, family] : families_) family->Reset();
  faults_.Clear();
  counters_.Reset();
  clock_.Reset();
  MutexLock lock(ports_mutex_);
  for (const auto& [family, listener] : dedicated_) {
    listener->SetMode(PortMode::kOpen).IgnoreError();  // Its port is still reserved for it.
  }
}

bool Simulator::Handle(const Request& request, Wire& wire) {
  const auto send = [&](const Reply& reply) {
    const Rendered rendered = Render(request, reply, clock_.Now());
    return wire.Send(absl::StrCat(rendered.head, rendered.body)) && request.keep_alive;
  };
  if (absl::StartsWith(request.path, kControlPrefix)) return send(AnswerControl(request, *this));
  const std::string name = FamilyOf(request.path);
  const absl::StatusOr<Family*> family = Find(name);
  if (!family.ok() || !(*family)->Serves(request.resource())) return send(NotFound());
  const std::string operation = (*family)->Operation(request);
  const Trouble trouble = faults_.Take(name, operation);
  Request arrived = request;
  if (Reaches(trouble)) (*family)->Arrive(arrived);
  counters_.BeginRequest(name, request, wire.first_request());
  const std::string user = (*family)->UserOf(request);
  return Exchange(
      arrived, trouble, clock_, [&](const Request& asked) { return (*family)->Handle(asked); },
      [&](const std::string& outcome) { counters_.EndRequest(name, operation, outcome, user); },
      wire);
}

}  // namespace sessionbroker::simulator
