#include "service/rpc/admin_broker_service.h"

#include <grpcpp/support/server_callback.h>

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/nonces/sequence.h"
#include "service/rpc/identify.h"
#include "service/rpc/refusals.h"
#include "service/rpc/request_checks.h"
#include "service/rpc/time_encoding.h"
#include "service/telemetry/names.h"
#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"

namespace sessionbroker::rpc {
namespace {

namespace admin = admin::v1;

admin::Sequence::Unit ToWire(nonces::SequenceSpec::Unit unit) {
  switch (unit) {
    case nonces::SequenceSpec::Unit::kCount:
      return admin::Sequence::UNIT_COUNT;
    case nonces::SequenceSpec::Unit::kSeconds:
      return admin::Sequence::UNIT_SECONDS;
    case nonces::SequenceSpec::Unit::kMilliseconds:
      return admin::Sequence::UNIT_MILLISECONDS;
  }
  return admin::Sequence::UNIT_UNSPECIFIED;
}

void EncodeSequence(const nonces::Record& record, admin::Sequence* out) {
  out->set_origin(record.id.origin);
  out->set_key(record.id.key);
  out->set_value(record.reserved);
  if (record.floor >= 0) out->set_raised_to(record.floor);
  if (record.unit.has_value()) out->set_unit(ToWire(*record.unit));
  if (record.max.has_value()) out->set_max(*record.max);
  EncodeTime(record.update_time, out->mutable_update_time());
}

admin::UnlatchAccountResponse::Result ToWire(sessions::Unlatched unlatched) {
  switch (unlatched) {
    case sessions::Unlatched::kWasLatched:
      return admin::UnlatchAccountResponse::RESULT_WAS_LATCHED;
    case sessions::Unlatched::kWasBackingOff:
      return admin::UnlatchAccountResponse::RESULT_WAS_BACKING_OFF;
    case sessions::Unlatched::kWasOutOfLogins:
      return admin::UnlatchAccountResponse::RESULT_WAS_OUT_OF_LOGINS;
    case sessions::Unlatched::kWasNeither:
      return admin::UnlatchAccountResponse::RESULT_WAS_NEITHER;
  }
  return admin::UnlatchAccountResponse::RESULT_UNSPECIFIED;
}

void EncodeConfiguration(const access::ConfigurationStatus& configuration,
                         admin::ConfigurationStatus* out) {
  out->set_generation(configuration.generation);
  EncodeTime(configuration.load_time, out->mutable_load_time());
  if (configuration.reload_time.has_value()) {
    EncodeTime(*configuration.reload_time, out->mutable_reload_time());
  }
  for (const std::string& mistake : configuration.mistakes) out->add_mistakes(mistake);
  out->set_mistake_count(configuration.mistake_count);
  for (const std::string& field : configuration.needs_restart) out->add_needs_restart(field);
  out->set_watch_problem(configuration.watch_problem);
}

void EncodeStatus(const access::BrokerStatus& status, admin::GetStatusResponse* out) {
  out->set_version(status.version);
  EncodeTime(status.start_time, out->mutable_start_time());
  EncodeDuration(status.uptime, out->mutable_uptime());
  EncodeConfiguration(status.configuration, out->mutable_configuration());
  admin::AccountCounts* const accounts = out->mutable_accounts();
  accounts->set_absent(status.accounts.absent);
  accounts->set_logging_in(status.accounts.logging_in);
  accounts->set_live(status.accounts.live);
  accounts->set_backing_off(status.accounts.backing_off);
  accounts->set_latched(status.accounts.latched);
}

void EncodeExplanation(const access::Explanation& explanation, admin::ExplainAccessResponse* out) {
  for (std::size_t i = 0; i < access::kActions; ++i) {
    admin::ExplainAccessResponse::Decision* const decision = out->add_decisions();
    decision->set_action(std::string(access::NameOf(static_cast<access::Action>(i))));
    decision->set_rule(explanation.rules[i]);
  }
  for (const std::string& rule : explanation.for_other_accounts) out->add_other_rules(rule);
}

class AdminBrokerService final : public admin::AdminBroker::CallbackService {
 public:
  AdminBrokerService(const access::CallerIdentifier* callers, const access::GuardedRules* rules,
                     access::GuardedSequences* sequences, access::GuardedSessions* sessions,
                     access::GuardedStatus* status, telemetry::Metrics* metrics,
                     telemetry::Logger* log, access::AuditLog* audit)
      : callers_(callers),
        rules_(rules),
        sequences_(sequences),
        sessions_(sessions),
        status_(status),
        log_(log),
        refusals_(metrics, log, audit) {}

  // gRPC keeps context, request and response until the reactor has finished, which is when the
  // callback has run: whoever has hung up is answered all the same.
  grpc::ServerUnaryReactor* ListSequences(grpc::CallbackServerContext* context,
                                          const admin::ListSequencesRequest* request,
                                          admin::ListSequencesResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context, reactor);
    sequences_->List(*call,
                     {.key = request->key(),
                      .page_size = request->page_size(),
                      .page_token = request->page_token()},
                     [=, this](absl::StatusOr<access::SequencePage> page) {
                       if (!page.ok()) {
                         Refuse(page.status(), context, reactor);
                         return;
                       }
                       for (const nonces::Record& record : page->sequences) {
                         EncodeSequence(record, response->add_sequences());
                       }
                       response->set_next_page_token(page->next_page_token);
                       reactor->Finish(grpc::Status::OK);
                     });
    return reactor;
  }

  grpc::ServerUnaryReactor* UnlatchAccount(grpc::CallbackServerContext* context,
                                           const admin::UnlatchAccountRequest* request,
                                           admin::UnlatchAccountResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context, reactor);
    const absl::Status checked = CheckAccount(request->provider(), request->account());
    if (!checked.ok()) return Refuse(checked, context, reactor);
    sessions_->Unlatch(
        *call, {request->provider(), request->account()},
        [=, this, caller = call->caller](absl::StatusOr<sessions::Unlatched> unlatched) {
          if (!unlatched.ok()) {
            Refuse(unlatched.status(), context, reactor);
            return;
          }
          response->set_result(ToWire(*unlatched));
          LogUnlatch(caller, *request, *response);
          reactor->Finish(grpc::Status::OK);
        });
    return reactor;
  }

  grpc::ServerUnaryReactor* RaiseSequence(grpc::CallbackServerContext* context,
                                          const admin::RaiseSequenceRequest* request,
                                          admin::RaiseSequenceResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context, reactor);
    sequences_->Raise(*call, request->origin(), request->key(), request->value(),
                      [=, this](absl::StatusOr<nonces::Raised> raised) {
                        if (!raised.ok()) {
                          Refuse(raised.status(), context, reactor);
                          return;
                        }
                        EncodeSequence(raised->record, response->mutable_sequence());
                        if (raised->previous >= 0) response->set_previous_value(raised->previous);
                        reactor->Finish(grpc::Status::OK);
                      });
    return reactor;
  }

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const admin::GetStatusRequest* /*request*/,
                                      admin::GetStatusResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context, reactor);
    const absl::StatusOr<access::BrokerStatus> status = status_->Get(*call);
    if (!status.ok()) return Refuse(status.status(), context, reactor);
    EncodeStatus(*status, response);
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* ExplainAccess(grpc::CallbackServerContext* context,
                                          const admin::ExplainAccessRequest* request,
                                          admin::ExplainAccessResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    const absl::StatusOr<access::Call> call = Identify(*callers_, *context);
    if (!call.ok()) return Refuse(call.status(), context, reactor);
    const absl::Status checked = CheckAccount(request->provider(), request->account());
    if (!checked.ok()) return Refuse(checked, context, reactor);
    const absl::StatusOr<access::Explanation> explanation =
        rules_->Explain(*call, request->caller(), {request->provider(), request->account()});
    if (!explanation.ok()) return Refuse(explanation.status(), context, reactor);
    EncodeExplanation(*explanation, response);
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  grpc::ServerUnaryReactor* Refuse(const absl::Status& status, grpc::CallbackServerContext* context,
                                   grpc::ServerUnaryReactor* reactor) const {
    reactor->Finish(refusals_.Refuse(status, context));
    return reactor;
  }

  void LogUnlatch(const access::Caller& caller, const admin::UnlatchAccountRequest& request,
                  const admin::UnlatchAccountResponse& response) const {
    log_->Log(telemetry::LogLevel::kInfo, telemetry::kUnlatchEvent,
              {{telemetry::kCallerField, std::string(caller.ToString())},
               {telemetry::kProviderField, request.provider()},
               {telemetry::kAccountField, request.account()},
               {telemetry::kOutcomeField,
                admin::UnlatchAccountResponse::Result_Name(response.result())}});
  }

  const access::CallerIdentifier* const callers_;
  const access::GuardedRules* const rules_;
  access::GuardedSequences* const sequences_;
  access::GuardedSessions* const sessions_;
  access::GuardedStatus* const status_;
  telemetry::Logger* const log_;
  const Refusals refusals_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminBrokerService(
    const access::CallerIdentifier* callers, const access::GuardedRules* rules,
    access::GuardedSequences* sequences, access::GuardedSessions* sessions,
    access::GuardedStatus* status, telemetry::Metrics* metrics, telemetry::Logger* log,
    access::AuditLog* audit) {
  return std::make_unique<AdminBrokerService>(callers, rules, sequences, sessions, status, metrics,
                                              log, audit);
}

}  // namespace sessionbroker::rpc
