#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRACE_PRINTER_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRACE_PRINTER_H_

#include <cstddef>
#include <optional>
#include <ostream>

#include "service/login/definitions.h"
#include "service/login/trace.h"

namespace sessionbroker::brokerctl {

// Writes what a login, and then a probe or logout, does, as it does it, for people: curl's ">"
// before what is sent, "<" before what comes. Whatever arrives here is redacted already.
class TracePrinter final : public login::Trace {
 public:
  // Both must outlive it. `places` tells the lines of the rules.
  TracePrinter(const login::CheckedDefinition* definition, std::ostream* out)
      : definition_(*definition), out_(*out) {}

  void OnRequest(const login::TracedRequest& traced) override;
  void OnAnswer(const login::TracedAnswer& traced) override;

  // The login has succeeded: tells of steps that were skipped at the end, once.
  void Finish();

  // Of the last request.
  std::optional<std::size_t> last_step() const { return last_step_; }

 private:
  // The line that says what comes.
  void StepBegins(const login::TracedRequest& traced);
  void NoteSkipped(std::size_t begin, std::size_t end);

  const login::CheckedDefinition& definition_;
  std::ostream& out_;
  std::optional<std::size_t> last_step_;
};

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRACE_PRINTER_H_
